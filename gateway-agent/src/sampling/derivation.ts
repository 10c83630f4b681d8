import type { DerivedTag, Device } from "@only-mes/protocols/device-map/schema";
import { compileExpression, type Expression } from "@only-mes/protocols/device-map/expression";
import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import type { SamplingRule } from "./rules.ts";
import type { Observation, ObservedNumbers } from "./sampler.ts";
import { scaled } from "./scaling.ts";

/**
 * [SA12] Derived tags: what follows from the newest values of their inputs, in engineering units,
 * whenever one of them is read. They are numbered behind the tags of the device.
 */
export class Derivation {
  readonly #rules: readonly SamplingRule[];
  readonly #deriveds: readonly Derived[];
  /** Those that have a tag among their inputs, tag by tag. */
  readonly #byTag: readonly (readonly Derived[])[];
  readonly #values: Float64Array;
  readonly #timesMs: Float64Array;
  readonly #states: Uint8Array;

  /** @throws {ExpressionError} for an expression that the checks of the device map would have refused. */
  constructor(device: Device, rules: readonly SamplingRule[]) {
    const indexes = new Map(device.tags.map(({ signal }, index) => [signal, index]));
    this.#rules = rules;
    this.#deriveds = (device.derived ?? []).map((derived, at) => {
      const names = Object.keys(derived.inputs);
      const inputs = Object.values(derived.inputs).map((signal) => indexes.get(signal) ?? -1);
      return {
        tag: device.tags.length + at,
        role: derived.role,
        expression: compileExpression(derived.expression, names),
        inputs,
        row: new Float64Array(inputs.length),
        isDue: false,
      };
    });
    this.#byTag = device.tags.map((_, tag) =>
      this.#deriveds.filter(({ inputs }) => inputs.includes(tag)),
    );
    this.#values = new Float64Array(device.tags.length);
    this.#timesMs = new Float64Array(device.tags.length);
    this.#states = new Uint8Array(device.tags.length);
  }

  /** What follows from these; nothing for a derived tag of which an input is not known yet. */
  derive(observations: readonly Observation[]): Observation[] {
    for (const { tag, timeMs, value } of observations) this.#hear(tag, timeMs, numberOf(value));
    return this.#followed();
  }

  /** The same for numbers in columns. */
  deriveFromNumbers({ tags, values, timeMs }: ObservedNumbers): Observation[] {
    for (let index = 0; index < tags.length; index += 1) {
      this.#hear(tags[index] ?? 0, timeMs, values[index] ?? Number.NaN);
    }
    return this.#followed();
  }

  /** The device was lost: an old value of one input must not meet a new one of another. */
  forget(): void {
    this.#states.fill(unknown);
  }

  #followed(): Observation[] {
    const derived: Observation[] = [];
    for (const each of this.#deriveds) {
      if (!each.isDue) continue;
      each.isDue = false;
      const observation = this.#follow(each);
      if (observation !== undefined) derived.push(observation);
    }
    return derived;
  }

  /** `number` is NaN if it could not be read. */
  #hear(tag: number, timeMs: number, number: number): void {
    const users = this.#byTag[tag];
    const rule = this.#rules[tag];
    if (users === undefined || users.length === 0 || rule === undefined) return;
    for (const each of users) each.isDue = true;
    this.#timesMs[tag] = timeMs;
    this.#states[tag] = Number.isNaN(number) ? bad : good;
    this.#values[tag] = rule.isScaled ? scaled(rule, number) : number;
  }

  #follow({ tag, role, inputs, row, expression }: Derived): Observation | undefined {
    let timeMs = Number.NEGATIVE_INFINITY;
    let isBad = false;
    for (let at = 0; at < inputs.length; at += 1) {
      const from = inputs[at] ?? 0;
      const state = this.#states[from];
      if (state === unknown) return undefined;
      if (state === bad) isBad = true;
      timeMs = Math.max(timeMs, this.#timesMs[from] ?? 0);
      row[at] = this.#values[from] ?? Number.NaN;
    }
    const value = isBad ? null : valueFor(role, expression.evaluate(row));
    return { tag, timeMs, sourced: false, value };
  }
}

interface Derived {
  readonly tag: number;
  readonly role: DerivedTag["role"];
  readonly expression: Expression;
  readonly inputs: readonly number[];
  /** Values of the inputs, for the expression; used over and over. */
  readonly row: Float64Array;
  isDue: boolean;
}

const unknown = 0;
const good = 1;
const bad = 2;

function numberOf(value: MetricValue): number {
  return value === null || typeof value === "string" ? Number.NaN : Number(value);
}

/** What is no number, or no code where one is wanted, could not be read. */
function valueFor(role: DerivedTag["role"], result: number): MetricValue {
  if (!Number.isFinite(result)) return null;
  if (role === "analog") return result;
  if (role === "status") return result !== 0;
  return (result | 0) === result ? result : null;
}
