import type { DatabaseSync, StatementSync } from "node:sqlite";
import { gapMarker, type GapMarker, type GapReason } from "@only-mes/protocols/sparkplug/delivery";

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * [OB17] What was dropped and not told yet: one row a device and reason, changed in the transaction that
 * drops, so that the sum of all markers is what was dropped.
 */
export class Gaps {
  readonly #record: StatementSync;
  readonly #all: StatementSync;
  readonly #clear: StatementSync;

  constructor(db: DatabaseSync) {
    this.#record = db.prepare(
      `INSERT INTO gap (device, reason, from_ms, to_ms, samples) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (device, reason) DO UPDATE SET from_ms = min(from_ms, excluded.from_ms),
         to_ms = max(to_ms, excluded.to_ms), samples = samples + excluded.samples`,
    );
    this.#all = db.prepare("SELECT * FROM gap ORDER BY device, reason");
    this.#clear = db.prepare("DELETE FROM gap");
  }

  record(device: string, reason: GapReason, { fromMs, toMs }: Span, samples: number): void {
    this.#record.run(device, reason, fromMs, toMs, samples);
  }

  /** All of them, which are forgotten with the transaction. */
  take(): GapMarker[] {
    const gaps = this.#all.all().map((row) =>
      gapMarker.parse({
        device: row["device"],
        reason: row["reason"],
        fromMs: row["from_ms"],
        toMs: row["to_ms"],
        samples: row["samples"],
      }),
    );
    if (gaps.length > 0) this.#clear.run();
    return gaps;
  }
}
