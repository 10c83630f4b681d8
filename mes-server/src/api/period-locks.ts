import {
  periodLock,
  periodLockBody,
  periodOpenBody,
  recalculationOfLine,
  type PeriodLock,
} from "@only-mes/protocols/console/kpis";
import { listOf } from "@only-mes/protocols/console/http";
import { z } from "zod";
import type { Change } from "../changes/carryOut.ts";
import { hourMs } from "../domain/kpi/segments.ts";
import { deletePeriodLock } from "../store/deletePeriodLock.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { markAdjustedHours } from "../store/markAdjustedHours.ts";
import { putPeriodLock } from "../store/putPeriodLock.ts";
import { readEquipmentLevel } from "../store/readEquipmentLevel.ts";
import { readLinesUnder } from "../store/readLinesUnder.ts";
import { readPeriodLocks, type PeriodLockRow } from "../store/readPeriodLocks.ts";
import { readRecalculations } from "../store/readRecalculations.ts";
import { changed, changesAllowed, expectVersion } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { ApiFailure } from "./failure.ts";
import { isoOf } from "./window.ts";

const tags = ["kpis"];

/** Closing periods, and how far figures are derived. */
export function periodLockRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url: "/period-locks",
    schema: {
      summary: "Periods that are closed",
      tags,
      querystring: z.strictObject({}),
      response: { 200: listOf(periodLock) },
    },
    handler: async () => ({ items: (await readPeriodLocks(context.pool)).map(lockOf) }),
  });

  app.route({
    method: "POST",
    url: "/period-locks",
    schema: {
      summary: "Close the figures of equipment up to an instant",
      description:
        "Edits that reach into the period are refused from then on; late samples show as adjustments.",
      tags,
      body: periodLockBody,
      response: { 200: periodLock },
    },
    preValidation: changesAllowed(context),
    handler: async (request) => {
      const { equipment, expectedVersion } = request.body;
      const untilMs = wholeHour(request.body.until);
      if (untilMs > context.clock.now()) {
        throw new ApiFailure("period_not_over", isoOf(untilMs), "until");
      }
      await expectLinesIn(context, equipment);
      const command = { kind: "period.close", subject: equipment };
      return changed(context, request, command, async (change) => {
        const [known] = await readPeriodLocks(change.tx, equipment);
        expectVersion(expectedVersion, known?.version ?? 0);
        if (known !== undefined && known.untilMs > untilMs) {
          throw new ApiFailure("period_lock_shorter", `Until ${isoOf(known.untilMs)}.`, "until");
        }
        return await close(change, equipment, untilMs);
      });
    },
  });

  app.route({
    method: "POST",
    url: "/period-locks/open",
    schema: {
      summary: "Open a closed period again",
      description: "Its figures are derived anew, and its adjustments taken back.",
      tags,
      body: periodOpenBody,
      response: { 200: z.object({ lock: periodLock.nullable() }) },
    },
    preValidation: changesAllowed(context),
    handler: async (request) => {
      const { equipment, until, expectedVersion } = request.body;
      const untilMs = until === null ? null : wholeHour(until);
      const command = { kind: "period.open", subject: equipment };
      return changed(context, request, command, async (change) => {
        const [known] = await readPeriodLocks(change.tx, equipment);
        if (known === undefined || (untilMs !== null && untilMs >= known.untilMs)) {
          throw new ApiFailure("period_lock_unknown", `"${equipment}"`, "equipment");
        }
        expectVersion(expectedVersion, known.version);
        return await open(change, known, untilMs);
      });
    },
  });

  app.route({
    method: "GET",
    url: "/recalculation",
    schema: {
      summary: "How far figures are derived, and which are to be derived again",
      tags,
      querystring: z.strictObject({}),
      response: { 200: listOf(recalculationOfLine) },
    },
    handler: async () => ({
      items: (await readRecalculations(context.pool)).map((row) => ({
        line: row.line,
        derivedFrom: row.derivedFromMs === null ? null : isoOf(row.derivedFromMs),
        derivedTo: row.derivedToMs === null ? null : isoOf(row.derivedToMs),
        revision: row.revision,
        dirtyHours: row.dirtyHours,
        firstDirty: row.firstDirtyMs === null ? null : isoOf(row.firstDirtyMs),
      })),
    }),
  });
}

async function close(change: Change, equipment: string, untilMs: number): Promise<PeriodLock> {
  const { tx, actor, nowMs, occurredAtMs } = change;
  await putPeriodLock(tx, { equipment, untilMs, actor, closedAtMs: nowMs });
  await insertOutboxEvents(tx, [
    {
      kind: "period.closed",
      equipment,
      atMs: occurredAtMs,
      data: { until: isoOf(untilMs), actor },
    },
  ]);
  return await storedLock(change, equipment);
}

async function open(
  change: Change,
  known: PeriodLockRow,
  untilMs: number | null,
): Promise<{ lock: PeriodLock | null }> {
  const { tx, actor, nowMs, occurredAtMs } = change;
  const { equipment } = known;
  if (untilMs === null) await deletePeriodLock(tx, equipment);
  else await putPeriodLock(tx, { equipment, untilMs, actor, closedAtMs: nowMs });
  const fromMs = untilMs ?? 0;
  const lines = await readLinesUnder(tx, { equipment, fromMs, toMs: nowMs + 1 });
  await markAdjustedHours(tx, [...new Set(lines.map(({ line }) => line))], fromMs);
  await insertOutboxEvents(tx, [
    {
      kind: "period.opened",
      equipment,
      atMs: occurredAtMs,
      data: { closedUntil: untilMs === null ? null : isoOf(untilMs), actor },
    },
  ]);
  return { lock: untilMs === null ? null : await storedLock(change, equipment) };
}

async function storedLock({ tx }: Change, equipment: string): Promise<PeriodLock> {
  const [stored] = await readPeriodLocks(tx, equipment);
  if (stored === undefined) throw new ApiFailure("period_lock_unknown", `"${equipment}"`);
  return lockOf(stored);
}

/** @throws {ApiFailure} if there is no such equipment, or none that lines are under. */
async function expectLinesIn({ pool }: ApiContext, equipment: string): Promise<void> {
  const level = await readEquipmentLevel(pool, equipment);
  if (level === undefined) throw new ApiFailure("equipment_unknown", `"${equipment}"`, "equipment");
  if (level === "cell" || level === "unit") {
    throw new ApiFailure("equipment_without_kpis", "Periods are closed of lines.", "equipment");
  }
}

function wholeHour(instant: string): number {
  const atMs = Date.parse(instant);
  if (atMs % hourMs !== 0) throw new ApiFailure("period_lock_uneven", instant, "until");
  return atMs;
}

function lockOf({ untilMs, closedAtMs, ...row }: PeriodLockRow): PeriodLock {
  return { ...row, until: isoOf(untilMs), closedAt: isoOf(closedAtMs) };
}
