import { describe, expect, it } from "vitest";
import { jobStates } from "@only-mes/protocols/plant/job-state";
import { jobEvents, jobTransitions, statesTaking } from "./job-states.ts";

/** Every cell that changes something; each of the others refuses. */
const changes: [string, string, string][] = [
  ["Waiting", "dispatch", "Ready"],
  ["Waiting", "start", "Running"],
  ["Waiting", "abort", "Aborted"],
  ["Ready", "dispatch", "Ready"],
  ["Ready", "withdraw", "Waiting"],
  ["Ready", "start", "Running"],
  ["Ready", "abort", "Aborted"],
  ["Running", "beginProduction", "Running"],
  ["Running", "hold", "Held"],
  ["Running", "complete", "Completed"],
  ["Running", "abort", "Aborted"],
  ["Held", "resume", "Running"],
  ["Held", "complete", "Completed"],
  ["Held", "abort", "Aborted"],
  ["Completed", "resume", "Running"],
  ["Completed", "close", "Closed"],
  ["Aborted", "close", "Closed"],
];

describe("states of a job", () => {
  it.each(jobStates.flatMap((state) => jobEvents.map((event) => [state, event] as const)))(
    "%s takes %s as the table says",
    (state, event) => {
      const expected = changes.find(([from, by]) => from === state && by === event)?.[2] ?? null;
      expect(jobTransitions[state][event]).toBe(expected);
    },
  );

  it("end with Closed, which nothing leaves", () => {
    expect(Object.values(jobTransitions.Closed).every((next) => next === null)).toBe(true);
    expect(statesTaking("close")).toEqual(["Completed", "Aborted"]);
  });
});
