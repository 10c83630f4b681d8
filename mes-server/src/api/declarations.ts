import {
  declaration as declarationSchema,
  declarationWanted,
  type Declaration,
} from "@only-mes/protocols/console/orders";
import { lineOfUnit } from "@only-mes/protocols/plant/signal";
import { z } from "zod";
import type { Change } from "../changes/carryOut.ts";
import { slotOfUnit } from "../domain/orders/slot-units.ts";
import { insertDeclaration, type DeclarationRow } from "../store/insertDeclaration.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { markDirtyHours } from "../store/markDirtyHours.ts";
import { readCapacitySlots } from "../store/readCapacitySlots.ts";
import { readDeclarations } from "../store/readDeclarations.ts";
import { readLineUnits } from "../store/readLineUnits.ts";
import { changed, changesAllowed } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { cursorParameter, limitParameter, pageOfRows, timedPlaceOf } from "./paging.ts";
import { expectUnlocked } from "./period-lock.ts";
import { isoOf, windowOf, windowParameters } from "./window.ts";

const tags = ["jobs"];
const daysMax = 400;
const oldestMs = daysMax * 24 * 3_600_000;

const declarationTable: CsvTable<Declaration> = {
  name: "declarations",
  columns: {
    id: ({ id }) => id,
    equipment: ({ equipment }) => equipment,
    role: ({ role }) => role,
    at: ({ at }) => at,
    quantity: ({ quantity }) => quantity,
    slot: ({ slot }) => slot,
    reason: ({ reason }) => reason,
    actor: ({ actor }) => actor,
  },
};

export function declarationRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url: "/declarations",
    schema: {
      summary: "Pieces that were counted by hand, in order of time",
      tags,
      querystring: z.strictObject({
        line: z.string().min(1).max(200).optional().describe("The line and its units."),
        equipment: z.string().min(1).max(200).optional(),
        ...windowParameters,
        limit: limitParameter(100, 1_000),
        cursor: cursorParameter,
        ...csvParameters,
      }),
      response: { 200: listOrCsv(declarationSchema) },
    },
    handler: (request, reply) => {
      const { line, equipment } = request.query;
      const window = windowOf(request.query, context.clock.now() + 1, daysMax);
      return answerList(reply, request.query, declarationTable, async ({ limit, cursor }) => {
        const after = timedPlaceOf(cursor);
        const wanted = { ...window, after, line, equipment, limit: limit + 1 };
        const rows = await readDeclarations(context.pool, wanted);
        return pageOfRows(rows, limit, declarationAnswer, ({ atMs, id }) => `${atMs} ${id}`);
      });
    },
  });

  app.route({
    method: "POST",
    url: "/declarations",
    schema: {
      summary: "Declares pieces that were counted by hand, at `occurredAt`",
      description:
        "They add to what the machines count, and belong to the job that held the slot then. A wrong one is set right by another one of less than 0.",
      tags,
      body: declarationWanted,
      response: { 200: declarationSchema },
    },
    preValidation: changesAllowed(context),
    handler: (request) => {
      const command = { kind: "count.declare", subject: request.body.equipment };
      return changed(context, request, command, (change) => declare(change, request.body));
    },
  });
}

async function declare(
  { tx, commandId, actor, occurredAtMs: atMs, nowMs }: Change,
  { equipment, role, quantity, slot, reason }: z.infer<typeof declarationWanted>,
): Promise<Declaration> {
  if (quantity === 0) throw new ApiFailure("declaration_zero", undefined, "quantity");
  if (atMs < nowMs - oldestMs) throw new ApiFailure("occurs_too_early", isoOf(atMs), "occurredAt");
  const line = equipment.includes(".") ? lineOfUnit(equipment) : equipment;
  const units = await readLineUnits(tx, line);
  if (units === undefined || (equipment !== line && !units.some(({ id }) => id === equipment))) {
    const detail = `"${equipment}" is no line or unit.`;
    throw new ApiFailure("equipment_unknown", detail, "equipment");
  }
  const slots = await readCapacitySlots(tx, line);
  if (slot > 1 && !slots.some((each) => each.slot === slot)) {
    throw new ApiFailure("slot_unknown", `Slot ${slot} of line "${line}".`, "slot");
  }
  await expectUnlocked(tx, line, atMs);
  const ofSlot = equipment === line ? slot : slotOfUnit(equipment, slots);
  const of = { line, equipment, slot: ofSlot };
  const row: DeclarationRow = { id: commandId, ...of, role, atMs, quantity, reason, actor };
  await insertDeclaration(tx, row);
  await markDirtyHours(tx, [{ line, fromMs: atMs, toMs: atMs }]);
  const data = { declaration: commandId, role, quantity, slot: ofSlot, reason };
  await insertOutboxEvents(tx, [{ kind: "count.declared", equipment, atMs, data }]);
  return declarationAnswer(row);
}

function declarationAnswer(row: DeclarationRow): Declaration {
  const { id, equipment, role, atMs, quantity, slot, reason, actor } = row;
  return { id, equipment, role, at: isoOf(atMs), quantity, slot, reason, actor };
}
