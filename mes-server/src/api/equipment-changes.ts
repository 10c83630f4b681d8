import {
  equipmentChange,
  equipmentCreation,
  equipmentInFull,
  equipmentMove,
  equipmentReinstatement,
  equipmentRetirement,
  type EquipmentInFull,
} from "@only-mes/protocols/console/plant";
import type { CommandEnvelope } from "@only-mes/protocols/events/command-envelope";
import { checkNodes, type PlantProblem } from "@only-mes/protocols/plant/check-nodes";
import { ianaZone } from "@only-mes/protocols/plant/plant-model";
import type { PlantNode } from "@only-mes/protocols/plant/plant-nodes";
import type { Change } from "../changes/carryOut.ts";
import { moved, retired } from "../domain/plant/moved.ts";
import { savePlantNodes } from "../plant/savePlantNodes.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { lockPlantModel } from "../store/lockPlantModel.ts";
import { readPlantNodes, type KeptNode } from "../store/readPlantNodes.ts";
import { readRunningJob } from "../store/readRunningJob.ts";
import { changed, changesAllowed, expectVersion } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { equipmentParameters, inFull, knownNode } from "./equipment.ts";
import { ApiFailure } from "./failure.ts";

const response = { 200: equipmentInFull };
const tags = ["equipment"];

export function equipmentChangeRoutes(app: ApiApp, context: ApiContext): void {
  const preValidation = changesAllowed(context);
  const params = equipmentParameters;

  app.route({
    method: "POST",
    url: "/equipment",
    schema: { summary: "Creates equipment", tags, body: equipmentCreation, response },
    preValidation,
    handler: async (request) => {
      const { id, level, name, parent, from, zone = null, attributes, settings } = request.body;
      return change(context, request, { id, verb: "created" }, ({ nodes }) => {
        if (nodes.has(id)) throw new ApiFailure("equipment_exists", `"${id}"`, "id");
        requireZone(zone);
        const fromMs = from === undefined ? null : Date.parse(from);
        return {
          id,
          level,
          name,
          zone,
          attributes: attributes ?? {},
          settings: settings ?? {},
          provisional: false,
          retiredAtMs: null,
          places: parent === undefined ? [] : [{ parent, fromMs, toMs: null }],
        };
      });
    },
  });

  app.route({
    method: "PATCH",
    url: "/equipment/:id",
    schema: {
      summary: "Changes what is noted of equipment, and confirms it",
      tags,
      params,
      body: equipmentChange,
      response,
    },
    preValidation,
    handler: async (request) => {
      const { name, zone, attributes, settings } = request.body;
      return change(context, request, { id: request.params.id, verb: "changed" }, ({ node }) => {
        requireZone(zone ?? null);
        return {
          ...node,
          provisional: false,
          ...(name !== undefined && { name }),
          ...(zone !== undefined && { zone }),
          ...(attributes !== undefined && { attributes }),
          ...(settings !== undefined && { settings }),
        };
      });
    },
  });

  app.route({
    method: "POST",
    url: "/equipment/:id/move",
    schema: {
      summary: "Puts equipment under another parent from a date on",
      description: "What it lay under before stays: the past is never rewritten.",
      tags,
      params,
      body: equipmentMove,
      response,
    },
    preValidation,
    handler: async (request) => {
      const { parent, from } = request.body;
      return change(context, request, { id: request.params.id, verb: "moved" }, ({ node, by }) => {
        requireInService(node);
        return moved(node, parent, from === undefined ? by.occurredAtMs : Date.parse(from));
      });
    },
  });

  app.route({
    method: "POST",
    url: "/equipment/:id/retire",
    schema: {
      summary: "Takes equipment out of service, as of `occurredAt`",
      description:
        "All that it did stays. Its signals are kept, and listed under /signals/unbound.",
      tags,
      params,
      body: equipmentRetirement,
      response,
    },
    preValidation,
    handler: async (request) =>
      change(context, request, { id: request.params.id, verb: "retired" }, async ({ node, by }) => {
        requireInService(node);
        const job = node.level === "line" ? await readRunningJob(by.tx, node.id) : undefined;
        if (job !== undefined)
          throw new ApiFailure("equipment_in_use", `Job "${job}" runs there.`, "id");
        return retired(node, by.occurredAtMs);
      }),
  });

  app.route({
    method: "POST",
    url: "/equipment/:id/reinstate",
    schema: {
      summary: "Takes retired equipment into service again, as of `occurredAt`",
      tags,
      params,
      body: equipmentReinstatement,
      response,
    },
    preValidation,
    handler: async (request) =>
      change(context, request, { id: request.params.id, verb: "reinstated" }, ({ node, by }) => {
        if (node.retiredAtMs === null) {
          throw new ApiFailure("equipment_not_retired", `"${node.id}"`, "id");
        }
        const parent = request.body.parent ?? node.places.at(-1)?.parent;
        const inService = { ...node, retiredAtMs: null };
        return parent === undefined ? inService : moved(inService, parent, by.occurredAtMs);
      }),
  });
}

interface ChangeOf {
  node: KeptNode;
  nodes: ReadonlyMap<string, KeptNode>;
  by: Change;
}

type Verb = "created" | "changed" | "moved" | "retired" | "reinstated";

const kindOf: Record<Verb, string> = {
  created: "equipment.create",
  changed: "equipment.change",
  moved: "equipment.move",
  retired: "equipment.retire",
  reinstated: "equipment.reinstate",
};

/** One change of one piece of equipment, checked within the whole model. */
async function change(
  context: ApiContext,
  request: { headers: Record<string, unknown>; body: CommandEnvelope },
  { id, verb }: { id: string; verb: Verb },
  wanted: (of: ChangeOf) => PlantNode | Promise<PlantNode>,
): Promise<EquipmentInFull> {
  const command = { kind: kindOf[verb], subject: id };
  const answer = await changed(context, request, command, async (by) => {
    const { tx, nowMs } = by;
    await lockPlantModel(tx);
    const nodes = await readPlantNodes(tx);
    const node = verb === "created" ? nothingYet : knownNode(nodes, id);
    expectVersion(request.body.expectedVersion, node.version);
    const after = await wanted({ node, nodes, by });
    const [problem] = checkNodes([after], new Map(nodes).set(id, { ...after, version: 0 }), nowMs);
    if (problem !== undefined) throw failureOf(problem);
    await savePlantNodes(tx, [after]);
    const now = knownNode(await readPlantNodes(tx), id);
    const { level, name } = now;
    const parent = now.places.at(-1)?.parent ?? null;
    await insertOutboxEvents(tx, [
      {
        kind: `equipment.${verb}`,
        equipment: id,
        atMs: by.occurredAtMs,
        data: { level, name, parent },
      },
    ]);
    return inFull(now);
  });
  await context.plantChanged();
  return answer;
}

const nothingYet: KeptNode = {
  id: "",
  level: "unit",
  name: "",
  zone: null,
  attributes: {},
  settings: {},
  provisional: false,
  retiredAtMs: null,
  places: [],
  version: 0,
};

function requireZone(zone: string | null): void {
  if (zone !== null && !ianaZone.safeParse(zone).success) {
    throw new ApiFailure("zone_unknown", `"${zone}"`, "zone");
  }
}

function requireInService({ id, retiredAtMs }: PlantNode): void {
  if (retiredAtMs !== null) throw new ApiFailure("equipment_retired", `"${id}"`, "id");
}

const fieldOf: Record<PlantProblem["field"], string> = {
  id: "id",
  parent: "parent",
  zone: "zone",
  settings: "settings",
  since: "from",
  earlier: "from",
  retired: "occurredAt",
};

function failureOf({ code, field, detail }: PlantProblem): ApiFailure {
  return new ApiFailure(code, detail, fieldOf[field]);
}
