import {
  reasonGiven,
  stopEdited,
  stopEditUndone,
  stopSplit,
  stopsMerged,
} from "@only-mes/protocols/console/stops";
import { lineOfUnit } from "@only-mes/protocols/plant/signal";
import type { z } from "zod";
import type { EventKind } from "@only-mes/protocols/events/kinds";
import type { Change } from "../changes/carryOut.ts";
import { mergeProblem } from "../domain/stops/mergeProblem.ts";
import type { Stop } from "../domain/stops/stop.ts";
import type { StopEdit } from "../domain/stops/stop-edit.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { insertStopEdit, lockStopsOf } from "../store/insertStopEdit.ts";
import { markDirtyHours } from "../store/markDirtyHours.ts";
import { readLineRules } from "../store/readLineRules.ts";
import { readStopEditChain } from "../store/readStopEditChain.ts";
import { readStopInputs } from "../store/readStopInputs.ts";
import { changed, changesAllowed, expectVersion } from "./change.ts";
import { knownLine, knownUnit, type ApiApp, type ApiContext } from "./context.ts";
import { ApiFailure } from "./failure.ts";
import { expectUnlocked } from "./period-lock.ts";
import { expectReason } from "./reasons.ts";
import { isInForce, stopAnswer, stopsIn, versionOf } from "./stop-answers.ts";
import { isoOf } from "./window.ts";

type Answer = z.infer<typeof stopEdited>;
type NewEdit = Pick<StopEdit, "equipment" | "kind" | "fromMs" | "toMs" | "reason" | "undoes">;

const answered = { tags: ["stops"], response: { 200: stopEdited } };

export function stopEditRoutes(app: ApiApp, context: ApiContext): void {
  const preValidation = changesAllowed(context);

  app.route({
    method: "POST",
    url: "/stops/reason",
    preValidation,
    schema: {
      summary: "Put the stops of these times down to a reason",
      body: reasonGiven,
      ...answered,
    },
    handler: async (request) => {
      const { equipment, from, to, reason, note, expectedVersion } = request.body;
      expectEquipment(context, equipment);
      const command = { kind: "stop.reason", subject: equipment };
      return changed(context, request, command, async (change) => {
        await expectReason(change.tx, { reason, equipment });
        const edit = { equipment, kind: "reason", ...timesOf(from, to), reason } as const;
        return make(change, edit, note, (stops, edits) => {
          const [first] = stops;
          if (first === undefined) throw noStop(edit);
          expectVersion(expectedVersion, versionOf(first, edits));
        });
      });
    },
  });

  app.route({
    method: "POST",
    url: "/stops/split",
    preValidation,
    schema: { summary: "Cut a stop in two at an instant", body: stopSplit, ...answered },
    handler: async (request) => {
      const { equipment, at, note, expectedVersion } = request.body;
      expectEquipment(context, equipment);
      const command = { kind: "stop.split", subject: equipment };
      return changed(context, request, command, async (change) => {
        const atMs = Date.parse(at);
        const edit = { equipment, kind: "split", fromMs: atMs, toMs: atMs } as const;
        return make(change, edit, note, (stops, edits) => {
          const whole = stops.find((stop) => stop.parts.some((part) => isWithin(part, atMs)));
          if (whole === undefined) throw new ApiFailure("split_outside_stop", at, "at");
          expectVersion(expectedVersion, versionOf(whole, edits));
        });
      });
    },
  });

  app.route({
    method: "POST",
    url: "/stops/merge",
    preValidation,
    schema: { summary: "Join the stops of these times into one", body: stopsMerged, ...answered },
    handler: async (request) => {
      const { equipment, from, to, reason, note, expectedVersion } = request.body;
      expectEquipment(context, equipment);
      const command = { kind: "stop.merge", subject: equipment };
      return changed(context, request, command, async (change) => {
        const { tx } = change;
        if (reason !== undefined) await expectReason(tx, { reason, equipment });
        const edit = { equipment, kind: "merge", ...timesOf(from, to), reason } as const;
        const [rule] = await readLineRules(tx, lineOf(equipment), edit.fromMs, edit.fromMs + 1);
        return make(change, edit, note, (stops, edits) => {
          const problem = mergeProblem(stops, rule?.microstopMs ?? 0);
          if (problem === "one") throw new ApiFailure("merge_of_one", undefined, "from");
          if (problem !== undefined) {
            const between = `Between them it ran from ${isoOf(problem.fromMs)} to ${isoOf(problem.toMs)}.`;
            throw new ApiFailure("merge_apart", between, "to");
          }
          if (stops[0] !== undefined) expectVersion(expectedVersion, versionOf(stops[0], edits));
        });
      });
    },
  });

  app.route({
    method: "POST",
    url: "/stops/undo",
    preValidation,
    schema: {
      summary: "Take an edit back, as if it had not been made; an undo too",
      body: stopEditUndone,
      ...answered,
    },
    handler: async (request) => {
      const { edit: id, note } = request.body;
      return changed(context, request, { kind: "stop.undo", subject: id }, async (change) => {
        const [known] = await readStopEditChain(change.tx, id).then((chain) =>
          chain.filter((one) => one.id === id),
        );
        if (known === undefined) throw new ApiFailure("stop_edit_unknown", `"${id}"`, "edit");
        const { equipment, fromMs, toMs } = known;
        const edit = { equipment, kind: "undo", fromMs, toMs, undoes: id } as const;
        await lockStopsOf(change.tx, equipment);
        if (!isInForce(known, await readStopEditChain(change.tx, id))) {
          throw new ApiFailure("stop_edit_undone", `"${id}"`, "edit");
        }
        return make(change, edit, note, () => undefined);
      });
    },
  });
}

const happened = {
  reason: "stop.reasonAssigned",
  split: "stop.split",
  merge: "stop.merged",
  undo: "stop.editUndone",
} as const satisfies Record<StopEdit["kind"], EventKind>;

/** Keeps an edit that `check` does not refuse, and marks what follows from the stops that it touches. */
async function make(
  { tx, commandId, actor, occurredAtMs, nowMs }: Change,
  edit: NewEdit,
  note: string,
  check: (stops: readonly Stop[], edits: readonly StopEdit[]) => void,
): Promise<Answer> {
  const { equipment, fromMs, toMs } = edit;
  const line = lineOf(equipment);
  const range = { fromMs, toMs: Math.max(fromMs + 1, toMs ?? nowMs) };
  await lockStopsOf(tx, equipment);
  const before = await readStopInputs(tx, { equipment: [equipment, line], ...range });
  check(stopsIn(before.get(equipment), range), before.get(equipment)?.edits ?? []);
  await insertStopEdit(tx, {
    ...edit,
    id: commandId,
    note,
    actor,
    occurredAtMs,
    knownAtMs: nowMs,
  });
  const after = await readStopInputs(tx, { equipment: [equipment, line], ...range });
  const touched = [before, after].flatMap((inputs) =>
    [...inputs.values()].flatMap((of) => stopsIn(of, range)),
  );
  const touchedFromMs = Math.min(fromMs, ...touched.map((stop) => stop.fromMs));
  const touchedToMs = Math.max(range.toMs, ...touched.map((stop) => stop.toMs ?? nowMs));
  await expectUnlocked(tx, line, touchedFromMs, "from");
  await markDirtyHours(tx, [{ line, fromMs: touchedFromMs, toMs: touchedToMs }]);
  const data = {
    edit: commandId,
    from: isoOf(fromMs),
    to: toMs === null ? null : isoOf(toMs),
    reason: edit.reason ?? null,
    undoes: edit.undoes ?? null,
    actor,
  };
  await insertOutboxEvents(tx, [
    { kind: happened[edit.kind], equipment, atMs: occurredAtMs, data },
  ]);
  const inputs = after.get(equipment);
  return {
    edit: commandId,
    stops: inputs
      ? stopsIn(inputs, { fromMs: fromMs - 1, toMs: range.toMs }).map((stop) =>
          stopAnswer(stop, inputs, nowMs),
        )
      : [],
  };
}

function timesOf(from: string, to: string | null): Pick<NewEdit, "fromMs" | "toMs"> {
  const [fromMs, toMs] = [Date.parse(from), to === null ? null : Date.parse(to)];
  if (toMs !== null && fromMs >= toMs) {
    throw new ApiFailure("range_reversed", `${from} is not before ${to}.`, "from");
  }
  return { fromMs, toMs };
}

function isWithin({ fromMs, toMs }: { fromMs: number; toMs: number | null }, atMs: number) {
  return fromMs < atMs && atMs < (toMs ?? Infinity);
}

function noStop({ equipment, fromMs }: NewEdit): ApiFailure {
  return new ApiFailure("stop_unknown", `${equipment} at ${isoOf(fromMs)}.`, "from");
}

function expectEquipment(context: ApiContext, equipment: string): void {
  if (equipment.includes(".")) knownUnit(context, equipment);
  else knownLine(context, equipment);
}

function lineOf(equipment: string): string {
  return equipment.includes(".") ? lineOfUnit(equipment) : equipment;
}
