import { kpisOf } from "../../domain/kpi/kpis.ts";
import { readTally } from "../../kpi/readTally.ts";
import { readLineIds } from "../../store/readLineIds.ts";
import { readShiftInstances } from "../../store/readShiftInstances.ts";
import { transaction } from "../../store/transaction.ts";
import type { UnsState } from "./unsState.ts";

/** A shift reaches back at most so far. */
const lookBackMs = 86_400_000;

export const kpiState: UnsState = {
  name: "kpi",
  of: "line",
  what: "KPIs of the shift that runs, so far (docs/kpis.md), and its pieces: read once a minute.",
  everyMs: 60_000,
  // A shift of a busy plant is derived anew many times an hour: the minute is soon enough for a picture.
  touchedBy: () => false,
  ownerOf: (equipment) => equipment,
  async read(pool, { equipment, nowMs }) {
    const states = new Map<string, Record<string, unknown>>();
    for (const line of equipment ?? (await readLineIds(pool))) {
      const shift = await transaction(pool, async (tx) => {
        const range = { line, fromMs: nowMs - lookBackMs, toMs: nowMs + 1 };
        return (await readShiftInstances(tx, range)).find(({ endMs }) => endMs > nowMs);
      });
      if (shift === undefined || shift.startMs >= nowMs) continue;
      const asked = { equipment: line, fromMs: shift.startMs, toMs: nowMs };
      const { total } = await readTally({ pool, clock: { now: () => nowMs } }, asked);
      states.set(line, {
        shift: shift.id,
        from: new Date(shift.startMs).toISOString(),
        to: new Date(nowMs).toISOString(),
        good: total.goodPieces,
        scrap: total.scrapPieces,
        kpis: kpisOf(total),
      });
    }
    return states;
  },
};
