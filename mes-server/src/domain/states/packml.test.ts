import { packmlStates, type MachineState } from "@only-mes/protocols/plant/machine-state";
import { describe, expect, it } from "vitest";
import { mayFollow, packmlEvents, packmlTransitions } from "./packml.ts";

/** The matrix of the standard, written down by hand: a row a state, a column a command; . is refused. */
const matrix = `
              Abort     Stop      Hold     Unhold     Suspend     Unsuspend     Reset      Start     Clear     Complete    SC
Clearing      Aborting  .         .        .          .           .             .          .         .         .           Stopped
Stopped       Aborting  .         .        .          .           .             Resetting  .         .         .           .
Starting      Aborting  Stopping  .        .          .           .             .          .         .         .           Execute
Idle          Aborting  Stopping  .        .          .           .             .          Starting  .         .           .
Suspended     Aborting  Stopping  .        .          .           Unsuspending  .          .         .         .           .
Execute       Aborting  Stopping  Holding  .          Suspending  .             .          .         .         Completing  Completing
Stopping      Aborting  .         .        .          .           .             .          .         .         .           Stopped
Aborting      .         .         .        .          .           .             .          .         .         .           Aborted
Aborted       .         .         .        .          .           .             .          .         Clearing  .           .
Holding       Aborting  Stopping  .        .          .           .             .          .         .         .           Held
Held          Aborting  Stopping  .        Unholding  .           .             .          .         .         .           .
Unholding     Aborting  Stopping  .        .          .           .             .          .         .         .           Execute
Suspending    Aborting  Stopping  .        .          .           .             .          .         .         .           Suspended
Unsuspending  Aborting  Stopping  .        .          .           .             .          .         .         .           Execute
Resetting     Aborting  Stopping  .        .          .           .             .          .         .         .           Idle
Completing    Aborting  Stopping  .        .          .           .             .          .         .         .           Complete
Complete      Aborting  Stopping  .        .          .           .             Resetting  .         .         .           .
`;

const [header = [], ...rows] = matrix
  .trim()
  .split("\n")
  .map((row) => row.trim().split(/ +/));

describe("the transitions of PackML", () => {
  const cells = rows.flatMap(([state = "", ...row]) =>
    header.map((event, column) => [state, event, row[column] === "." ? "refused" : row[column]]),
  );

  it("are a table of every state and every command", () => {
    expect(rows.map(([state]) => state)).toEqual([...packmlStates]);
    expect(header).toEqual([...packmlEvents]);
    expect(cells).toHaveLength(17 * 11);
  });

  it.each(cells)("from %s at %s: %s", (state, event, expected) => {
    const row = Object.entries(packmlTransitions).find(([of]) => of === state)?.[1];
    expect(Object.entries(row ?? {}).find(([of]) => of === event)?.[1]).toBe(expected);
  });
});

describe("what is seen of them", () => {
  it.each<[MachineState, MachineState, boolean]>([
    ["Execute", "Holding", true],
    ["Execute", "Held", true],
    ["Held", "Execute", true],
    ["Held", "Suspended", false],
    ["Stopped", "Idle", true],
    ["Stopped", "Execute", false],
    ["Aborted", "Stopped", true],
    ["Aborted", "Execute", false],
    ["Idle", "Aborted", true],
    ["Unknown", "Execute", true],
    ["Execute", "Unknown", true],
  ])("%s may be followed by %s: %s", (before, after, expected) => {
    expect(mayFollow(before, after)).toBe(expected);
  });
});
