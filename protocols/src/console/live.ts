import type { MachineState } from "../plant/machine-state.ts";

/**
 * Live state over socket.io. A console subscribes to topics; each has an epoch (it changes when the
 * server restarts) and a sequence. Values are conflated, the latest wins; events never are.
 * All times are milliseconds of plant time.
 */
export const consoleProtocolVersion = 1;

export interface ShiftPicture {
  /** Business date and name, such as `2026-11-22 early`; unscheduled time has its first instant for a date. */
  id: string;
  name: string;
  startMs: number;
  endMs: number;
  /** No shift is on: this is the time between two of them. */
  unscheduled?: true;
  /** In which nothing falls due; absent without any. */
  breaks?: { startMs: number; endMs: number }[];
}

/** Of the running shift, 1 for 100 %; absent where there is nothing to divide by. Told every few seconds. */
export interface ShiftKpis {
  oee?: number | undefined;
  availability?: number | undefined;
  effectiveness?: number | undefined;
  quality?: number | undefined;
}

export interface LinePicture {
  id: string;
  name: string;
  area: string;
  site: string;
  state: MachineState;
  stateSinceMs: number;
  shift: ShiftPicture;
  /** Of this shift. */
  good: number;
  scrap: number;
  /** Good pieces due by now at the target rate of the line; absent without one. */
  target?: number;
  targetRatePerMinute?: number;
  /** Good pieces a minute, over the last five minutes. */
  ratePerMinute: number;
  idealRatePerMinute?: number;
  kpis?: ShiftKpis;
  /** Source time of the newest sample. */
  lastSampleAtMs: number;
  /** No signal of the line is fresh: what is shown is the past. */
  stale: boolean;
}

export interface UnitPicture {
  id: string;
  name: string;
  position: number;
  state: MachineState;
  stateSinceMs: number;
  /** Of this shift. */
  good: number;
  scrap: number;
  stale: boolean;
}

export interface SignalPicture {
  id: string;
  unit: string;
  name: string;
  role: string;
  engineeringUnit?: string;
  /** A 64-bit integer beyond 2^53 is text. `null` when the value could not be read. */
  value: number | string | boolean | null;
  quality: number;
  sourceTimeMs: number;
  stale: boolean;
}

export interface LineEvent {
  id: string;
  kind:
    | "state"
    | "counterReset"
    | "counterRollover"
    | "quarantined"
    | "recalculated"
    /** `text` says which, in the server's words. */
    | "alarm"
    | "andon";
  /** A unit, or the line itself. */
  unit: string;
  atMs: number;
  text: string;
}

/** Topic -> its whole state. `andon` is every line; `line:<id>` is one. */
export interface AndonState {
  lines: Record<string, LinePicture>;
}

export interface LineState {
  line: LinePicture;
  units: Record<string, UnitPicture>;
  signals: Record<string, SignalPicture>;
  /** The newest last, at most {@link lineEventsMax}. */
  events: LineEvent[];
}

export const lineEventsMax = 50;

export type Topic = "andon" | `line:${string}`;

export interface TopicStates {
  andon: AndonState;
  [line: `line:${string}`]: LineState;
}

/** What changed: entries replace entries of the same key; `events` are appended. */
export interface TopicChange {
  lines?: Record<string, LinePicture>;
  line?: LinePicture;
  units?: Record<string, UnitPicture>;
  signals?: Record<string, SignalPicture>;
  events?: LineEvent[];
}

export interface Delta {
  topic: Topic;
  epoch: string;
  /** Sequences of the deltas conflated here: it follows a picture of sequence `fromSeq`. */
  fromSeq: number;
  seq: number;
  change: TopicChange;
}

export interface SubscribeRequest {
  topic: Topic;
  /** What the console already has of the topic. */
  epoch?: string;
  seq?: number;
}

export type SubscribeAnswer =
  | {
      kind: "snapshot";
      topic: Topic;
      epoch: string;
      seq: number;
      serverTimeMs: number;
      state: AndonState | LineState;
    }
  | {
      kind: "deltas";
      topic: Topic;
      epoch: string;
      seq: number;
      serverTimeMs: number;
      deltas: Delta[];
    }
  | { kind: "refused"; topic: string; code: string; message: string };

export interface Frame {
  serverTimeMs: number;
  deltas: Delta[];
}

/** Handshake, in socket.io's `auth`. */
export interface Hello {
  protocolVersion: number;
}

/** socket.io events, as the server sends them. `frame` is answered when it has been applied. */
export interface ServerToConsole {
  frame: (frame: Frame, applied: () => void) => void;
  /** Once a second; a console that misses three says that it is disconnected. */
  tick: (tick: { serverTimeMs: number }) => void;
}

export interface ConsoleToServer {
  subscribe: (request: SubscribeRequest, answer: (answer: SubscribeAnswer) => void) => void;
  unsubscribe: (topic: Topic) => void;
  /** Answered at once with server time, to measure the offset of the console's clock. */
  time: (answer: (serverTimeMs: number) => void) => void;
}
