import type { JobState } from "@only-mes/protocols/plant/job-state";
import { expect, it } from "vitest";
import { orderStatus } from "./order-status.ts";

const cases: [JobState[], string][] = [
  [[], "Planned"],
  [["Waiting"], "Planned"],
  [["Waiting", "Ready"], "Ready"],
  [["Waiting", "Running"], "Running"],
  [["Held", "Running"], "Running"],
  [["Held", "Waiting"], "Held"],
  [["Completed", "Waiting"], "Held"],
  [["Aborted", "Waiting"], "Planned"],
  [["Completed", "Completed"], "Completed"],
  [["Completed", "Aborted"], "Completed"],
  [["Closed", "Completed"], "Completed"],
  [["Aborted", "Aborted"], "Aborted"],
  [["Closed", "Closed"], "Closed"],
];

it.each(cases)("jobs %j make an order %s", (jobs, status) => {
  expect(orderStatus(jobs)).toBe(status);
});
