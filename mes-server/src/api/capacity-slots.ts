import { listOf } from "@only-mes/protocols/console/http";
import { capacitySlot, capacitySlotsWanted } from "@only-mes/protocols/console/orders";
import { z } from "zod";
import type { Change } from "../changes/carryOut.ts";
import { refoldLine } from "../orders/refoldLine.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { lockDispatchQueue } from "../store/lockDispatchQueue.ts";
import { markDirtyHours } from "../store/markDirtyHours.ts";
import { readCapacitySlots } from "../store/readCapacitySlots.ts";
import { readFirstJobFact } from "../store/readFirstJobFact.ts";
import { readUsedSlots } from "../store/readUsedSlots.ts";
import { replaceCapacitySlots } from "../store/replaceCapacitySlots.ts";
import type { Transaction } from "../store/statement.ts";
import { changed, changesAllowed } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { unitsOfLine } from "./dispatch-queues.ts";
import { ApiFailure } from "./failure.ts";
import { expectUnlocked } from "./period-lock.ts";

const tags = ["jobs"];
const lineParameters = z.strictObject({ id: z.string().min(1).max(200) });

type Slots = z.infer<typeof capacitySlotsWanted>["slots"];

export function capacitySlotRoutes(app: ApiApp, context: ApiContext): void {
  const { pool } = context;

  app.route({
    method: "GET",
    url: "/capacity-slots",
    schema: {
      summary: "What of lines can be held by one job at a time",
      description: "A line that is not in the list has slot 1.",
      tags,
      querystring: z.strictObject({ line: z.string().min(1).max(200).optional() }),
      response: { 200: listOf(capacitySlot) },
    },
    handler: async ({ query }) => {
      if (query.line !== undefined) await unitsOfLine(pool, query.line);
      return { items: await slotsOf(pool, query.line) };
    },
  });

  app.route({
    method: "PUT",
    url: "/lines/:id/capacity-slots",
    schema: {
      summary: "Gives a line its capacity slots",
      description: "Each slot may name the units whose pieces are those of its job.",
      tags,
      params: lineParameters,
      body: capacitySlotsWanted,
      response: { 200: listOf(capacitySlot) },
    },
    preValidation: changesAllowed(context),
    handler: (request) => {
      const { id } = request.params;
      const command = { kind: "line.capacitySlots", subject: id };
      return changed(context, request, command, (change) => give(change, id, request.body.slots));
    },
  });
}

async function give({ tx, nowMs }: Change, line: string, slots: Slots) {
  checkUnits(
    new Set((await unitsOfLine(tx, line)).map(({ id }) => id)),
    slots.map(({ units }) => units),
  );
  await lockDispatchQueue(tx, line);
  const lastUsed = Math.max(0, ...(await readUsedSlots(tx, line)));
  if (lastUsed > slots.length) {
    throw new ApiFailure("slot_used", `Slot ${lastUsed} has been used.`, "slots");
  }
  const before = await readCapacitySlots(tx, line);
  const isSame =
    JSON.stringify(before.map(({ units }) => units)) ===
    JSON.stringify(slots.map(({ units }) => units));
  if (!isSame) await replace({ tx, nowMs }, line, slots);
  return { items: await slotsOf(tx, line) };
}

/** A further slot may settle conflicts, and other units mean other pieces: from the first job on. */
async function replace(
  { tx, nowMs }: Pick<Change, "tx" | "nowMs">,
  line: string,
  slots: Slots,
): Promise<void> {
  await replaceCapacitySlots(tx, line, slots);
  const firstMs = await readFirstJobFact(tx, line);
  if (firstMs !== undefined) {
    await expectUnlocked(tx, line, firstMs, "slots");
    // All of them first and in order: whoever marks hours of the line as well waits, and nobody for him.
    await markDirtyHours(tx, [{ line, fromMs: firstMs, toMs: nowMs }]);
    await refoldLine(tx, { line, fromMs: firstMs, nowMs });
  }
  const data = { slots: slots.map(({ units }, place) => ({ slot: place + 1, units })) };
  await insertOutboxEvents(tx, [
    { kind: "line.capacitySlotsChanged", equipment: line, atMs: nowMs, data },
  ]);
}

function checkUnits(known: ReadonlySet<string>, slots: readonly (readonly string[])[]): void {
  const seen = new Set<string>();
  for (const [place, units] of slots.entries()) {
    for (const unit of units) {
      if (!known.has(unit) || seen.has(unit)) {
        throw new ApiFailure("slot_units_invalid", `"${unit}"`, `slots.${place}.units`);
      }
      seen.add(unit);
    }
  }
}

async function slotsOf(db: Transaction, line: string | undefined) {
  const rows = await readCapacitySlots(db, line);
  const slots = rows.map(({ line, slot, units }) => ({ line, slot, units }));
  return slots.length === 0 && line !== undefined ? [{ line, slot: 1, units: [] }] : slots;
}
