import { RecentQuantiles } from "../diagnostics/recent-quantiles.ts";
import type { Turn } from "../drivers/contract.ts";

export interface GroupStatus {
  /** Plant time. */
  periodMs: number;
  turns: number;
  /** Of the turns that were due: began in time. `null` before the first. */
  periodKept: number | null;
  /** Values that were due, those of missed turns and of outages included. */
  scheduled: number;
  /** Values that came. */
  delivered: number;
  /** delivered / scheduled */
  completeness: number | null;
  /** From the first question of a turn to its last answer; a subscription has none, and no age. */
  roundTripMs: { p50: number | null; p99: number | null };
  /** From when a turn was due to when its last value was on its way to the outbox. */
  ageMs: { p50: number | null; p99: number | null };
}

/** A turn that begins later than this part of its period was not in time. */
const lateTolerated = 0.1;
/** No timer is better than this. */
const lateToleratedMinMs = 5;

/** What is read in one period: was it read in time, and did all of it come? */
export class GroupFigures {
  readonly #periodMs: number;
  #intervalMs = 0;
  #values = 0;
  #turns = 0;
  #inTime = 0;
  #due = 0;
  #scheduled = 0;
  #delivered = 0;
  readonly #roundTrip = new RecentQuantiles();
  readonly #age = new RecentQuantiles();

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  turned(turn: Turn, nowMs: number): void {
    const { intervalMs, lateMs, roundTripMs, scheduled, delivered, missedTurns } = turn;
    this.#intervalMs = intervalMs;
    this.#values = scheduled;
    this.#turns += 1;
    if (lateMs <= Math.max(intervalMs * lateTolerated, lateToleratedMinMs)) this.#inTime += 1;
    this.#delivered += delivered;
    this.#scheduled += scheduled;
    this.#due += 1;
    this.#miss(missedTurns);
    if (roundTripMs === null) return;
    this.#roundTrip.record(roundTripMs, nowMs);
    this.#age.record(Math.max(lateMs, 0) + roundTripMs, nowMs, Math.max(delivered, 1));
  }

  /** The device was away: its values were due all the same. */
  away(forMs: number): void {
    if (this.#intervalMs > 0) this.#miss(Math.floor(forMs / this.#intervalMs));
  }

  /** `awayMs`: for how long the device has been away by now. */
  status(awayMs: number, nowMs: number): GroupStatus {
    const missed = this.#intervalMs > 0 ? Math.floor(awayMs / this.#intervalMs) : 0;
    const scheduled = this.#scheduled + missed * this.#values;
    return {
      periodMs: this.#periodMs,
      turns: this.#turns,
      periodKept: ratio(this.#inTime, this.#due + missed),
      scheduled,
      delivered: this.#delivered,
      completeness: ratio(this.#delivered, scheduled),
      roundTripMs: this.#roundTrip.both(nowMs),
      ageMs: this.#age.both(nowMs),
    };
  }

  #miss(turns: number): void {
    this.#due += turns;
    this.#scheduled += turns * this.#values;
  }
}

function ratio(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 1e6) / 1e6;
}
