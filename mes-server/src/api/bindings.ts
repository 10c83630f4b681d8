import {
  signalBinding,
  signalBindingWanted,
  type SignalBinding,
} from "@only-mes/protocols/console/plant";
import { commandEnvelope } from "@only-mes/protocols/events/command-envelope";
import { z } from "zod";
import type { Change } from "../changes/carryOut.ts";
import type { RecalculatedWindow } from "../commit/committed.ts";
import type { SignalMeaning } from "../domain/plant/effective-definition.ts";
import { meaningProblem } from "../domain/plant/meaning-problem.ts";
import { rebindSignal } from "../plant/rebindSignal.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { readSignalBinding, type SignalBindingRow } from "../store/readSignalBinding.ts";
import { readStateSignals } from "../store/readStateSignals.ts";
import { readUnit } from "../store/readUnit.ts";
import { changed, changesAllowed, expectVersion } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { ApiFailure } from "./failure.ts";
import { signalParameters } from "./signals.ts";
import { isoOf } from "./window.ts";

const tags = ["plant model"];
const url = "/signals/:id/binding";

export function bindingRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url,
    schema: {
      summary: "What a signal is to production, and what its birth tells",
      tags,
      params: signalParameters,
      querystring: z.strictObject({}),
      response: { 200: signalBinding },
    },
    handler: async ({ params }) =>
      answerOf(known(await readSignalBinding(context.pool, params.id), params.id)),
  });

  app.route({
    method: "PUT",
    url,
    schema: {
      summary: "Binds a signal to a unit and a role, in place of what its birth tells",
      description:
        "It outlasts births. All samples of the signal are folded again, so that the past becomes as if it had been " +
        "so from the start.",
      tags,
      params: signalParameters,
      body: signalBindingWanted,
      response: { 200: signalBinding },
    },
    preValidation: changesAllowed(context),
    handler: async (request) => {
      const { equipment, role, states, modes, counterBits, maxRatePerSecond } = request.body;
      const meaning: SignalMeaning = {
        role,
        ...(states !== undefined && { states }),
        ...(modes !== undefined && { modes }),
        ...(counterBits !== undefined && { counterBits }),
        ...(maxRatePerSecond !== undefined && { maxRatePerSecond }),
      };
      return rebind(context, request, "signal.bind", async (change, signal) => {
        expectVersion(request.body.expectedVersion, signal.binding?.version ?? 0);
        const problem = meaningProblem(meaning, signal.datatype);
        if (problem !== undefined) {
          throw new ApiFailure("binding_unfit", problem.detail, problem.field);
        }
        await requireUnit(change, signal, equipment);
        await requireFreeState(change, signal, equipment, role);
        return { unit: equipment, meaning };
      });
    },
  });

  app.route({
    method: "DELETE",
    url,
    schema: {
      summary: "Leaves a signal to what its birth tells again",
      tags,
      params: signalParameters,
      body: commandEnvelope,
      response: { 200: signalBinding },
    },
    preValidation: changesAllowed(context),
    handler: async (request) =>
      rebind(context, request, "signal.unbind", async (change, signal) => {
        if (signal.binding === undefined)
          throw new ApiFailure("binding_unknown", `"${signal.id}"`, "id");
        expectVersion(request.body.expectedVersion, signal.binding.version);
        const { born } = signal;
        await requireFreeState(change, signal, bornUnit(signal), born.role);
        return undefined;
      }),
  });
}

interface BindingRequest {
  params: { id: string };
  headers: Record<string, unknown>;
  body: z.infer<typeof commandEnvelope>;
}

async function rebind(
  context: ApiContext,
  request: BindingRequest,
  kind: string,
  decide: (
    change: Change,
    signal: SignalBindingRow,
  ) => Promise<{ unit: string; meaning: SignalMeaning } | undefined>,
): Promise<SignalBinding> {
  const { id } = request.params;
  let recalculated: RecalculatedWindow[] = [];
  const answer = await changed(context, request, { kind, subject: id }, async (change) => {
    const { tx, nowMs } = change;
    const signal = known(await readSignalBinding(tx, id, { lock: true }), id);
    const to = await decide(change, signal);
    ({ recalculated } = await rebindSignal(tx, signal, to, nowMs));
    const now = known(await readSignalBinding(tx, id), id);
    await insertOutboxEvents(tx, [
      {
        kind: to === undefined ? "signal.unbound" : "signal.bound",
        equipment: now.unit,
        atMs: nowMs,
        data: {
          signal: id,
          role: now.definition.role,
          before: { unit: signal.unit, role: signal.definition.role },
        },
      },
    ]);
    return answerOf(now);
  });
  await context.plantChanged(recalculated);
  return answer;
}

/** @throws {ApiFailure} if there is none. */
function known(signal: SignalBindingRow | undefined, id: string): SignalBindingRow {
  if (signal === undefined) throw new ApiFailure("signal_unknown", `"${id}"`, "id");
  return signal;
}

async function requireUnit({ tx }: Change, signal: SignalBindingRow, id: string): Promise<void> {
  const unit = await readUnit(tx, id);
  if (unit === undefined) throw new ApiFailure("equipment_unknown", `"${id}"`, "equipment");
  if (unit.isRetired) throw new ApiFailure("equipment_retired", `"${id}"`, "equipment");
  const { line } = signal.born;
  if (unit.line !== line.id) {
    throw new ApiFailure(
      "binding_unit_unfit",
      `"${id}" is of line "${unit.line}", "${signal.id}" is read for line "${line.id}".`,
      "equipment",
    );
  }
}

/** Intervals of two signals would overlap. */
async function requireFreeState(
  { tx }: Change,
  signal: SignalBindingRow,
  unit: string,
  role: SignalMeaning["role"],
): Promise<void> {
  if (role !== "machineState") return;
  const other = (await readStateSignals(tx, unit)).find(({ key }) => key !== signal.key);
  if (other !== undefined) {
    throw new ApiFailure("unit_state_taken", `"${other.id}" makes that of "${unit}".`, "role");
  }
}

function bornUnit({ born: { line, unit } }: SignalBindingRow): string {
  return `${line.id}.${unit.id}`;
}

function answerOf({ id, unit, definition, born, binding }: SignalBindingRow): SignalBinding {
  return {
    signal: id,
    equipment: unit,
    role: definition.role,
    bound:
      binding === undefined ? null : { at: isoOf(binding.boundAtMs), version: binding.version },
    definition,
    born,
  };
}
