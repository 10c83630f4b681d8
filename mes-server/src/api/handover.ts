import {
  handover as handoverSchema,
  handoverNoteWanted,
  handoverSigned,
  handoverSignedReport,
  handoverSignOffWanted,
  type Handover,
} from "@only-mes/protocols/console/handover";
import type { PoolClient } from "pg";
import { z } from "zod";
import type { LineShift } from "../domain/calendar/shifts.ts";
import { htmlOf, markdownOf } from "../domain/handover/document.ts";
import { handoverDocument } from "../domain/handover/handover-document.ts";
import { reportDifferences } from "../domain/handover/report-differences.ts";
import { findShift } from "../handover/findShift.ts";
import { readHandoverReport } from "../handover/readHandover.ts";
import { reportHash } from "../handover/report-hash.ts";
import { hasHandoverNote, insertHandoverNote } from "../store/handoverNotes.ts";
import { insertHandoverSignOff, readHandoverSignOffs } from "../store/handoverSignOffs.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { readLineZone } from "../store/readLineZone.ts";
import { transaction } from "../store/transaction.ts";
import { changed, changesAllowed } from "./change.ts";
import { knownLine, type ApiApp, type ApiContext } from "./context.ts";
import { ApiFailure } from "./failure.ts";
import { isoOf } from "./window.ts";

const tags = ["handover"];
const lineParameter = z.string().min(1).max(64);
const shiftParameter = z
  .string()
  .min(1)
  .max(120)
  .default("current")
  .describe(
    "`<business date> <name>`; `current`: the one that is on, or else the last; `last`: the last that is over.",
  );

export function handoverRoutes(app: ApiApp, context: ApiContext): void {
  const preValidation = changesAllowed(context);

  app.route({
    method: "GET",
    url: "/handover",
    schema: {
      summary: "What one shift hands over to the next, made from its facts",
      description:
        "`format=md` and `format=html` are the same as a text to be read and printed. Later corrections change it; " +
        "what was signed stays, and what is other since then stands with each signature.",
      tags,
      querystring: z.strictObject({
        line: lineParameter,
        shift: shiftParameter,
        format: z.enum(["json", "md", "html"]).default("json"),
      }),
      response: {
        200: {
          description: "The report, or its text.",
          content: {
            "application/json": { schema: handoverSchema },
            "text/markdown": { schema: z.string() },
            "text/html": { schema: z.string() },
          },
        },
      },
    },
    handler: async ({ query }, reply) => {
      const found = await transaction(context.pool, (tx) => read(tx, context, query), {
        begin: "BEGIN ISOLATION LEVEL REPEATABLE READ",
      });
      if (query.format === "json") return found;
      const document = handoverDocument(found);
      const isMarkdown = query.format === "md";
      return reply
        .header("content-type", `text/${isMarkdown ? "markdown" : "html"}; charset=utf-8`)
        .header("cache-control", "no-store")
        .serializer((text: string) => text)
        .send(isMarkdown ? markdownOf(document) : htmlOf(document));
    },
  });

  app.route({
    method: "GET",
    url: "/handover/signed",
    schema: {
      summary: "The report as one side has signed it",
      tags,
      querystring: z.strictObject({
        line: lineParameter,
        shift: shiftParameter,
        side: z.enum(["leaving", "takingOver"]),
      }),
      response: { 200: handoverSignedReport },
    },
    handler: async ({ query }) =>
      transaction(context.pool, async (tx) => {
        const { id: line } = knownLine(context, query.line);
        const shift = await knownShift(tx, line, query.shift, context.clock.now());
        const signOffs = await readHandoverSignOffs(tx, { line, shiftFromMs: shift.startMs });
        const signed = signOffs.find(({ side }) => side === query.side);
        if (signed === undefined) throw new ApiFailure("handover_not_signed", undefined, "side");
        const { side, actor, atMs, hash, report } = signed;
        return { line, shift: shift.id, side, actor, at: isoOf(atMs), hash, report };
      }),
  });

  app.route({
    method: "POST",
    url: "/handover/notes",
    schema: {
      summary: "Says something to the next shift, or replaces what was said",
      tags,
      body: handoverNoteWanted,
      response: { 200: z.object({ note: z.string() }) },
    },
    preValidation,
    handler: async (request) => {
      const { line: lineId, shift: wanted, topic, text, withdraws = null } = request.body;
      const { id: line } = knownLine(context, lineId);
      return changed(context, request, { kind: "handover.note", subject: line }, async (change) => {
        const { tx, commandId: id, occurredAtMs: atMs, nowMs: knownAtMs, actor } = change;
        const { startMs: shiftFromMs, id: shift } = await knownShift(tx, line, wanted, knownAtMs);
        if (
          withdraws !== null &&
          !(await hasHandoverNote(tx, { line, shiftFromMs, id: withdraws }))
        ) {
          throw new ApiFailure("note_unknown", `"${withdraws}"`, "withdraws");
        }
        await insertHandoverNote(tx, {
          id,
          line,
          shiftFromMs,
          atMs,
          knownAtMs,
          actor,
          topic,
          text,
          withdraws,
        });
        await insertOutboxEvents(tx, [
          { kind: "handover.noted", equipment: line, atMs, data: { note: id, shift, topic } },
        ]);
        return { note: id };
      });
    },
  });

  app.route({
    method: "POST",
    url: "/handover/sign-off",
    schema: {
      summary: "Signs the report as it is now, for the side that leaves or the one that takes over",
      tags,
      body: handoverSignOffWanted,
      response: { 200: handoverSigned },
    },
    preValidation,
    handler: async (request) => {
      const { line, side, shift, hash: expected } = request.body;
      knownLine(context, line);
      return changed(
        context,
        request,
        { kind: "handover.signOff", subject: line },
        async (change) => {
          const { tx, commandId: id, occurredAtMs: atMs, nowMs: knownAtMs, actor } = change;
          const { report, hash, signOffs, shiftFromMs } = await read(tx, context, { line, shift });
          checkSide(signOffs, side, actor);
          if (expected !== undefined && expected !== hash) {
            throw new ApiFailure("handover_overtaken", undefined, "hash");
          }
          const of = { line, shiftFromMs, knownAtMs };
          await insertHandoverSignOff(tx, of, { id, side, actor, atMs, report, hash });
          const data = { shift: report.shift.id, side, hash };
          await insertOutboxEvents(tx, [
            { kind: "handover.signedOff", equipment: line, atMs, data },
          ]);
          return { line, shift: report.shift.id, side, actor, at: isoOf(atMs), hash };
        },
      );
    },
  });
}

/** @throws {ApiFailure} if it is not this side's turn, or not this person's. */
function checkSide(signOffs: Handover["signOffs"], side: "leaving" | "takingOver", actor: string) {
  if (signOffs.some((each) => each.side === side)) {
    throw new ApiFailure("handover_signed", undefined, "side");
  }
  if (side === "leaving") return;
  const left = signOffs.find((each) => each.side === "leaving");
  if (left === undefined) throw new ApiFailure("handover_not_left", undefined, "side");
  if (left.actor === actor) throw new ApiFailure("handover_same_person", undefined, "actor");
}

async function read(
  tx: PoolClient,
  context: ApiContext,
  asked: { line: string; shift: string },
): Promise<Handover & { shiftFromMs: number }> {
  const line = knownLine(context, asked.line);
  const nowMs = context.clock.now();
  const shift = await knownShift(tx, line.id, asked.shift, nowMs);
  const report = await readHandoverReport(tx, {
    line: { id: line.id, name: line.definition.name },
    unitNames: new Map(line.units().map((unit) => [unit.id, unit.definition.name])),
    timeZone: (await readLineZone(tx, line.id)) ?? context.siteTimeZone,
    shift,
    nowMs,
  });
  const signOffs = await readHandoverSignOffs(tx, { line: line.id, shiftFromMs: shift.startMs });
  return {
    shiftFromMs: shift.startMs,
    report,
    hash: reportHash(report),
    signOffs: signOffs.map(({ side, actor, atMs, hash, report: signed }) => ({
      side,
      actor,
      at: isoOf(atMs),
      hash,
      differences: reportDifferences(signed, report),
    })),
  };
}

/** @throws {ApiFailure} if there is none, or it has not begun. */
async function knownShift(
  tx: PoolClient,
  line: string,
  wanted: string,
  nowMs: number,
): Promise<LineShift> {
  const shift = await findShift(tx, { line, shift: wanted, nowMs });
  if (shift === undefined)
    throw new ApiFailure("shift_unknown", `"${wanted}" of "${line}"`, "shift");
  if (shift.startMs > nowMs) throw new ApiFailure("shift_not_begun", `"${shift.id}"`, "shift");
  return shift;
}
