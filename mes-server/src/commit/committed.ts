import type { CounterRole, SignalDefinition } from "@only-mes/protocols/plant/signal";
import type { MachineState } from "@only-mes/protocols/plant/machine-state";

/** What one committed transaction changed: the only thing that `live` learns from. Times are ms. */
export interface Committed {
  committedAtMs: number;
  /** The newest sample of each signal in the batch, if it is newer than all before it. */
  latest: LatestSample[];
  /** Counts that were folded in order; those of a refold are in `recalculated` instead. */
  counts: CountChange[];
  states: StateChange[];
  /** Windows that were folded again: whoever derives from them reads them again. */
  recalculated: RecalculatedWindow[];
}

export interface LatestSample {
  signal: string;
  value: number | string | boolean | null;
  quality: number;
  sourceTimeMs: number;
  gatewayTimeMs: number;
}

export interface CountChange {
  unit: string;
  role: CounterRole;
  atMs: number;
  delta: number;
  kind: "step" | "rollover" | "reset" | "quarantined";
}

export interface StateChange {
  unit: string;
  state: MachineState;
  fromMs: number;
}

export interface RecalculatedWindow {
  unit: string;
  fromMs: number;
  toMs: number;
}

/** A PLC or a gateway came or went: its signals are stale at once. */
export interface LinkChange {
  source: string;
  /** Absent: all devices of the source. */
  device?: string;
  online: boolean;
  atMs: number;
}

/** A signal as births have told it. */
export interface BoundSignal {
  key: number;
  id: string;
  source: string;
  device: string;
  metric: string;
  definition: SignalDefinition;
}

/** Told in the order in which it happened; a listener must not throw and must not wait. */
export interface CommitListener {
  onCommitted(committed: Committed): void;
  onLink(change: LinkChange): void;
  /** All signals known now; called at start and after each birth that changed something. */
  onSignals(signals: readonly BoundSignal[]): void;
}
