import type { CallAction, CallState } from "@only-mes/protocols/console/andon";

/** A total table; what leads to the same state is not taken. Whoever arrives need not have answered. */
export const callTransitions: Record<CallState, Record<CallAction, CallState>> = {
  open: {
    acknowledge: "acknowledged",
    arrive: "inProgress",
    resolve: "resolved",
    cancel: "cancelled",
  },
  acknowledged: {
    acknowledge: "acknowledged",
    arrive: "inProgress",
    resolve: "resolved",
    cancel: "cancelled",
  },
  inProgress: {
    acknowledge: "inProgress",
    arrive: "inProgress",
    resolve: "resolved",
    cancel: "cancelled",
  },
  resolved: {
    acknowledge: "resolved",
    arrive: "resolved",
    resolve: "resolved",
    cancel: "resolved",
  },
  cancelled: {
    acknowledge: "cancelled",
    arrive: "cancelled",
    resolve: "cancelled",
    cancel: "cancelled",
  },
};

export interface CallStep {
  id: string;
  action: CallAction;
  occurredAtMs: number;
  actor: string;
}

/** A call as its steps leave it. */
export interface FoldedCall {
  state: CallState;
  sinceMs: number;
  acknowledgedAtMs: number | null;
  acknowledgedBy: string | null;
  arrivedAtMs: number | null;
  endedAtMs: number | null;
}

/** Steps in order of time, whatever order they came in; one that the table does not take is passed over. */
export function foldCall(raisedAtMs: number, steps: readonly CallStep[]): FoldedCall {
  const call: FoldedCall = {
    state: "open",
    sinceMs: raisedAtMs,
    acknowledgedAtMs: null,
    acknowledgedBy: null,
    arrivedAtMs: null,
    endedAtMs: null,
  };
  const ordered = steps.toSorted(
    (a, b) => a.occurredAtMs - b.occurredAtMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
  for (const { action, occurredAtMs, actor } of ordered) {
    const next = callTransitions[call.state][action];
    if (next === call.state) continue;
    call.state = next;
    call.sinceMs = occurredAtMs;
    // Whoever comes or ends it has taken notice of it.
    if (call.acknowledgedAtMs === null && next !== "cancelled") {
      call.acknowledgedAtMs = occurredAtMs;
      call.acknowledgedBy = actor;
    }
    if (next === "inProgress") call.arrivedAtMs = occurredAtMs;
    if (next === "resolved" || next === "cancelled") call.endedAtMs = occurredAtMs;
  }
  return call;
}
