import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import type { SamplingRule } from "./rules.ts";
import type { SampleColumns } from "./sample-columns.ts";
import { scaled } from "./scaling.ts";
import { TagMemory } from "./tag-memory.ts";

/** What a driver read of one tag; see the contract of drivers. */
export interface Observation {
  readonly tag: number;
  readonly timeMs: number;
  readonly sourced: boolean;
  readonly value: MetricValue;
}

/** Of many tags at one time; see the contract of drivers. */
export interface ObservedNumbers {
  readonly tags: Uint32Array;
  readonly values: Float64Array;
  readonly timeMs: number;
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
  readonly #memory: TagMemory;

  /** `heartbeatPhaseMs` keeps the heartbeats of many devices from coming at the same moment. */
  constructor(rules: readonly SamplingRule[], heartbeatPhaseMs = 0) {
    this.#rules = rules;
    this.#memory = new TagMemory(
      rules.map(({ heartbeatMs }) => heartbeatMs),
      heartbeatPhaseMs,
    );
  }

  /** The samples that follow from what was observed, in the order of the observations. */
  take(observations: readonly Observation[], nowMs: number): Sample[] {
    const samples: Sample[] = [];
    for (const observation of observations) this.#consider(observation, nowMs, samples);
    return samples;
  }

  /** The same for numbers in columns that the source did not time; the samples are added to `samples`. */
  takeNumbers(
    { tags, values, timeMs }: ObservedNumbers,
    nowMs: number,
    samples: SampleColumns,
  ): void {
    const memory = this.#memory;
    for (let index = 0; index < tags.length; index += 1) {
      const tag = tags[index] ?? 0;
      const raw = values[index] ?? Number.NaN;
      const rule = this.#rules[tag];
      if (rule === undefined) continue;
      if (Number.isNaN(raw) || !memory.isSteadyNumber(tag)) {
        this.#considerNumber(tag, timeMs, raw, nowMs, samples);
        continue;
      }
      const value = rule.isScaled ? scaled(rule, raw) : raw;
      memory.knowNumber(tag, value, timeMs);
      if (!passesNumber(rule, memory.sentNumber(tag), value) && !memory.isBeatDue(tag, nowMs)) {
        continue;
      }
      memory.sendNumber(tag, value, timeMs, nowMs);
      memory.sentOfSource(tag, timeMs);
      samples.push(tag, timeMs, value);
    }
  }

  /** [SA6] Silent signals again, for drivers that only tell changes. */
  heartbeats(nowMs: number): Sample[] {
    const memory = this.#memory;
    const samples: Sample[] = [];
    for (let tag = 0; tag < this.#rules.length; tag += 1) {
      if (memory.stateOf(tag) !== "good" || !memory.isBeatDue(tag, nowMs)) continue;
      const timeMs = Math.max(memory.timeMs(tag), memory.sentTimeMs(tag));
      samples.push(memory.send(tag, timeMs, nowMs));
    }
    return samples;
  }

  /** [SA8] Nothing is known any more: every signal that was not bad already becomes bad. */
  lost(observedUntilMs: number, nowMs: number): Sample[] {
    const memory = this.#memory;
    const samples: Sample[] = [];
    for (let tag = 0; tag < this.#rules.length; tag += 1) {
      if (memory.stateOf(tag) === "bad") continue;
      const timeMs = Math.max(observedUntilMs, memory.sentTimeMs(tag)) + 1;
      samples.push(memory.sendBad(tag, timeMs, nowMs));
    }
    return samples;
  }

  /**
   * [SA9] After a restart: as {@link lost}, for what an earlier run observed. Values that the source
   * timed before `knownUntilMs` are known to have been sent by it.
   */
  resumed(observedUntilMs: number, knownUntilMs: number, nowMs: number): Sample[] {
    this.#memory.sentBefore(knownUntilMs);
    return this.lost(observedUntilMs, nowMs);
  }

  /** [SA11] What is known now, whoever said it before: of a gateway that takes over. */
  current(observedMs: number, nowMs: number): Sample[] {
    const memory = this.#memory;
    const samples: Sample[] = [];
    for (let tag = 0; tag < this.#rules.length; tag += 1) {
      if (memory.stateOf(tag) === "unknown") continue;
      samples.push(memory.send(tag, Math.max(memory.timeMs(tag), observedMs), nowMs));
    }
    return samples;
  }

  /** The last value of a tag and its time, for a birth. */
  latest(tag: number): { value: MetricValue; timeMs: number } | undefined {
    const memory = this.#memory;
    if (this.#rules[tag] === undefined || memory.stateOf(tag) === "unknown") return undefined;
    if (memory.stateOf(tag) === "bad") return { value: null, timeMs: memory.sentTimeMs(tag) };
    return { value: memory.value(tag), timeMs: memory.timeMs(tag) };
  }

  #considerNumber(
    tag: number,
    timeMs: number,
    raw: number,
    nowMs: number,
    samples: SampleColumns,
  ): void {
    const followed: Sample[] = [];
    const value = Number.isNaN(raw) ? null : raw;
    this.#consider({ tag, timeMs, sourced: false, value }, nowMs, followed);
    for (const sample of followed) {
      samples.push(tag, sample.timeMs, sample.value === null ? Number.NaN : Number(sample.value));
    }
  }

  #consider(observation: Observation, nowMs: number, samples: Sample[]): void {
    const { tag, timeMs, sourced } = observation;
    const rule = this.#rules[tag];
    if (rule === undefined) return;
    const memory = this.#memory;
    const before = memory.stateOf(tag);
    if (observation.value === null) {
      if (before === "bad") return;
      samples.push(memory.sendBad(tag, Math.max(timeMs, memory.sentTimeMs(tag) + 1), nowMs));
      return;
    }
    const value = rule.isScaled ? scaled(rule, Number(observation.value)) : observation.value;
    const badSinceMs = memory.sentTimeMs(tag);
    const isNews = timeMs > memory.sentSourceMs(tag);
    memory.know(tag, value, timeMs);
    if (before === "bad") {
      // [SA7] The source says that it was so all the time since: the good value follows the bad one.
      if (isNews) samples.push(memory.send(tag, timeMs, nowMs));
      if (timeMs <= badSinceMs) samples.push(memory.send(tag, badSinceMs + 1, nowMs));
      memory.sentOfSource(tag, timeMs);
      return;
    }
    if (
      before === "unknown" ||
      passes(rule, memory.sentValue(tag), value) ||
      (sourced && rule.deadband.kind === "none" && isNews) ||
      memory.isBeatDue(tag, nowMs)
    ) {
      // [SA6] What was restored behind a bad sample must not fall back before it.
      const isRepeated = sourced && !isNews;
      const sentMs = isRepeated ? Math.max(timeMs, memory.sentTimeMs(tag)) : timeMs;
      samples.push(memory.send(tag, sentMs, nowMs));
      memory.sentOfSource(tag, timeMs);
    }
  }
}

function passes(rule: SamplingRule, sent: MetricValue, value: MetricValue): boolean {
  if (typeof sent === "number" && typeof value === "number") return passesNumber(rule, sent, value);
  return value !== sent;
}

function passesNumber({ deadband }: SamplingRule, sent: number, value: number): boolean {
  if (deadband.kind === "none") return value !== sent;
  const width = deadband.kind === "absolute" ? deadband.width : Math.abs(sent) * deadband.fraction;
  const change = Math.abs(value - sent);
  return width === 0 ? change > 0 : change >= width;
}
