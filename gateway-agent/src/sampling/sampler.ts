import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import type { SamplingRule } from "./rules.ts";

/** What a driver read of one tag; see the contract of drivers. */
export interface Observation {
  readonly tag: number;
  readonly timeMs: number;
  readonly sourced: boolean;
  readonly value: MetricValue;
}

/** A value that is worth sending. */
export interface Sample {
  readonly tag: number;
  readonly timeMs: number;
  readonly value: MetricValue;
}

/**
 * Report by exception for the tags of one device. Rules, by number, in SPEC.md beside it.
 * Pure but for its own memory: time comes with the observations.
 */
export class Sampler {
  readonly #rules: readonly SamplingRule[];
  readonly #memory: Memory[];
  readonly #phaseMs: number;

  /** `heartbeatPhaseMs` keeps the heartbeats of many devices from coming at the same moment. */
  constructor(rules: readonly SamplingRule[], heartbeatPhaseMs = 0) {
    this.#rules = rules;
    this.#phaseMs = heartbeatPhaseMs;
    this.#memory = rules.map(() => ({
      state: "unknown",
      value: null,
      timeMs: 0,
      sentValue: null,
      sentTimeMs: Number.NEGATIVE_INFINITY,
      sentAtMs: Number.NEGATIVE_INFINITY,
      sentSourceMs: Number.NEGATIVE_INFINITY,
    }));
  }

  /** The samples that follow from what was observed, in the order of the observations. */
  take(observations: readonly Observation[], nowMs: number): Sample[] {
    const samples: Sample[] = [];
    for (const observation of observations) this.#consider(observation, nowMs, samples);
    return samples;
  }

  /** [SA6] Silent signals again, for drivers that only tell changes. */
  heartbeats(nowMs: number): Sample[] {
    const samples: Sample[] = [];
    for (const [tag, memory] of this.#memory.entries()) {
      const rule = this.#rules[tag];
      if (memory.state !== "good" || rule === undefined) continue;
      if (!this.#isBeatDue(memory.sentAtMs, nowMs, rule.heartbeatMs)) continue;
      samples.push(send(tag, memory, Math.max(memory.timeMs, memory.sentTimeMs), nowMs));
    }
    return samples;
  }

  /** [SA8] Nothing is known any more: every signal that was not bad already becomes bad. */
  lost(observedUntilMs: number, nowMs: number): Sample[] {
    const samples: Sample[] = [];
    for (const [tag, memory] of this.#memory.entries()) {
      if (memory.state === "bad") continue;
      samples.push(sendBad(tag, memory, Math.max(observedUntilMs, memory.sentTimeMs) + 1, nowMs));
    }
    return samples;
  }

  /**
   * [SA9] After a restart: as {@link lost}, for what an earlier run observed. Values that the source
   * timed before `knownUntilMs` are known to have been sent by it.
   */
  resumed(observedUntilMs: number, knownUntilMs: number, nowMs: number): Sample[] {
    for (const memory of this.#memory) memory.sentSourceMs = knownUntilMs;
    return this.lost(observedUntilMs, nowMs);
  }

  /** [SA11] What is known now, whoever said it before: of a gateway that takes over. */
  current(observedMs: number, nowMs: number): Sample[] {
    const samples: Sample[] = [];
    for (const [tag, memory] of this.#memory.entries()) {
      if (memory.state === "unknown") continue;
      samples.push(send(tag, memory, Math.max(memory.timeMs, observedMs), nowMs));
    }
    return samples;
  }

  /** The last value of a tag and its time, for a birth. */
  latest(tag: number): { value: MetricValue; timeMs: number } | undefined {
    const memory = this.#memory[tag];
    if (memory === undefined || memory.state === "unknown") return undefined;
    if (memory.state === "bad") return { value: null, timeMs: memory.sentTimeMs };
    return { value: memory.value, timeMs: memory.timeMs };
  }

  #consider(observation: Observation, nowMs: number, samples: Sample[]): void {
    const { tag, timeMs, sourced } = observation;
    const rule = this.#rules[tag];
    const memory = this.#memory[tag];
    if (rule === undefined || memory === undefined) return;
    if (observation.value === null) {
      if (memory.state === "bad") return;
      samples.push(sendBad(tag, memory, Math.max(timeMs, memory.sentTimeMs + 1), nowMs));
      return;
    }
    const value = rule.isScaled
      ? Number(observation.value) * rule.factor + rule.offset
      : observation.value;
    const before = memory.state;
    const badSinceMs = memory.sentTimeMs;
    memory.state = "good";
    memory.value = value;
    memory.timeMs = timeMs;
    if (before === "bad") {
      // [SA7] The source says that it was so all the time since: the good value follows the bad one.
      const isNews = timeMs > memory.sentSourceMs;
      if (isNews) samples.push(send(tag, memory, timeMs, nowMs));
      if (timeMs <= badSinceMs) samples.push(send(tag, memory, badSinceMs + 1, nowMs));
      memory.sentSourceMs = Math.max(memory.sentSourceMs, timeMs);
      return;
    }
    if (
      before === "unknown" ||
      passes(rule, memory.sentValue, value) ||
      (sourced && rule.deadband.kind === "none" && timeMs > memory.sentSourceMs) ||
      this.#isBeatDue(memory.sentAtMs, nowMs, rule.heartbeatMs)
    ) {
      // [SA6] What was restored behind a bad sample must not fall back before it.
      const isRepeated = sourced && timeMs <= memory.sentSourceMs;
      samples.push(
        send(tag, memory, isRepeated ? Math.max(timeMs, memory.sentTimeMs) : timeMs, nowMs),
      );
      memory.sentSourceMs = Math.max(memory.sentSourceMs, timeMs);
    }
  }

  /** [SA6] Beats of a device come together, in one message: at the multiples of the heartbeat. */
  #isBeatDue(sentAtMs: number, nowMs: number, heartbeatMs: number): boolean {
    const beatOf = (ms: number) => Math.floor((ms - this.#phaseMs) / heartbeatMs);
    return beatOf(nowMs) > beatOf(sentAtMs);
  }
}

interface Memory {
  state: "unknown" | "good" | "bad";
  /** The last observation, after scaling. */
  value: MetricValue;
  timeMs: number;
  /** What was sent last, with which time, and when. */
  sentValue: MetricValue;
  sentTimeMs: number;
  sentAtMs: number;
  /** The newest time of an observation that was sent. */
  sentSourceMs: number;
}

function send(tag: number, memory: Memory, timeMs: number, nowMs: number): Sample {
  memory.sentValue = memory.value;
  memory.sentTimeMs = timeMs;
  memory.sentAtMs = nowMs;
  return { tag, timeMs, value: memory.value };
}

function sendBad(tag: number, memory: Memory, timeMs: number, nowMs: number): Sample {
  memory.state = "bad";
  memory.value = null;
  return send(tag, memory, timeMs, nowMs);
}

function passes(rule: SamplingRule, sent: MetricValue, value: MetricValue): boolean {
  const { deadband } = rule;
  if (deadband.kind === "none" || typeof sent !== "number" || typeof value !== "number") {
    return value !== sent;
  }
  const width = deadband.kind === "absolute" ? deadband.width : Math.abs(sent) * deadband.fraction;
  const change = Math.abs(value - sent);
  return width === 0 ? change > 0 : change >= width;
}
