import { randomFor } from "@only-mes/simulators/clock/random";
import { Misattributed, type FuzzTarget } from "./target.ts";

interface FuzzFailure {
  readonly case: number;
  readonly kind: "crash" | "misattributed";
  readonly message: string;
  /** A command that does it again. */
  readonly replay: string;
}

export interface FuzzResult {
  readonly target: string;
  readonly seed: number;
  readonly cases: number;
  readonly crashes: number;
  readonly misattributed: number;
  /** How often each thing happened: a run in which everything was refused has shown little. */
  readonly outcomes: Record<string, number>;
  /** The first ones. */
  readonly failures: readonly FuzzFailure[];
  readonly seconds: number;
}

export interface FuzzRun {
  readonly name: string;
  readonly target: FuzzTarget;
  readonly seed: number;
  readonly firstCase: number;
  readonly cases: number;
  /** Before each case: whoever watches then knows which one never ended. */
  readonly begun?: (number: number) => void;
}

const failuresKept = 10;

export function runTarget({ name, target, seed, firstCase, cases, begun }: FuzzRun): FuzzResult {
  const startedAt = performance.now();
  const outcomes = new Map<string, number>();
  const failures: FuzzFailure[] = [];
  const counts = { crash: 0, misattributed: 0 };
  for (let number = firstCase; number < firstCase + cases; number += 1) {
    begun?.(number);
    try {
      const outcome = target.attempt(randomFor(seed, `${name}/${number}`));
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    } catch (error) {
      const kind = error instanceof Misattributed ? "misattributed" : "crash";
      counts[kind] += 1;
      if (failures.length >= failuresKept) continue;
      failures.push({
        case: number,
        kind,
        message: tell(error),
        replay: replay(name, seed, number),
      });
    }
  }
  return {
    target: name,
    seed,
    cases,
    crashes: counts.crash,
    misattributed: counts.misattributed,
    outcomes: Object.fromEntries([...outcomes].sort(([a], [b]) => (a < b ? -1 : 1))),
    failures,
    seconds: Math.round(performance.now() - startedAt) / 1000,
  };
}

export function replay(target: string, seed: number, number: number): string {
  return `npm run fuzz -- --target ${target} --seed ${seed} --case ${number}`;
}

function tell(error: unknown): string {
  if (error instanceof Misattributed) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
