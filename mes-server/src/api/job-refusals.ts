import type { JobConflict, JobFact } from "../domain/orders/foldJobs.ts";
import { statesTaking } from "../domain/orders/job-states.ts";
import type { JobPlanRefusal } from "../orders/job-plans.ts";
import { ApiFailure } from "./failure.ts";
import { isoOf } from "./window.ts";

export function refusedJobPlan({ refusal, detail, field }: JobPlanRefusal): ApiFailure {
  return new ApiFailure(refusal, detail === "" ? undefined : detail, field);
}

/** Why a command about a job is refused: what does not fit because of it. */
export function refusedJobFact(
  fact: Pick<JobFact, "command">,
  line: string,
  arisen: readonly JobConflict[],
): ApiFailure {
  const own = arisen.find((conflict) => conflict.fact.command === fact.command);
  if (own !== undefined) return refusedForItself(own, line);
  const [later] = arisen;
  const told =
    later === undefined
      ? undefined
      : `"${later.fact.kind}" of job "${later.fact.job}" at ${isoOf(later.fact.atMs)}.`;
  return new ApiFailure("later_fact_unfit", told, "occurredAt");
}

function refusedForItself({ fact, reason, state, withJob }: JobConflict, line: string): ApiFailure {
  const at = isoOf(fact.atMs);
  if (reason === "slot") {
    const detail = `Job "${withJob}" runs on line "${line}" at ${at}.`;
    return new ApiFailure("slot_held", detail, "slot");
  }
  const states = statesTaking(fact.kind).join(" or ");
  const detail =
    fact.kind === "beginProduction" && state === "Running"
      ? `Job "${fact.job}" has no changeover on at ${at}.`
      : `Job "${fact.job}" is ${state} at ${at}; "${fact.kind}" needs ${states}.`;
  return new ApiFailure("job_state_refuses", detail, "occurredAt");
}
