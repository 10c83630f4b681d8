import {
  plantModelImport,
  plantModelWanted,
  type PlantModelImport,
} from "@only-mes/protocols/console/plant";
import { checkNodes } from "@only-mes/protocols/plant/check-nodes";
import { formatPlantModel, parsePlantModel } from "@only-mes/protocols/plant/parse-plant-model";
import { plantModel, plantModelTextMax } from "@only-mes/protocols/plant/plant-model";
import { plantModelOf } from "@only-mes/protocols/plant/plant-nodes";
import { formatProblem } from "@only-mes/protocols/yaml/parse-yaml";
import { z } from "zod";
import { diffText } from "../domain/plant/diff-text.ts";
import { importNodes, type ImportedNode } from "../domain/plant/import-nodes.ts";
import { savePlantNodes } from "../plant/savePlantNodes.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { lockPlantModel } from "../store/lockPlantModel.ts";
import { readPlantNodes, type KeptNode } from "../store/readPlantNodes.ts";
import { readRunningJob } from "../store/readRunningJob.ts";
import type { Transaction } from "../store/statement.ts";
import { changed, changesAllowed, expectVersion } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { ApiFailure } from "./failure.ts";

const tags = ["plant model"];
const url = "/plant-model";
/** A file in JSON, every character of it escaped at worst as two. */
const bodyBytesMax = 2 * plantModelTextMax + 65_536;

export function plantModelRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url,
    schema: {
      summary: "The plant model as a file",
      description:
        "Importing it as it is changes nothing. Header `plant-model-version` has its version.",
      tags,
      querystring: z.strictObject({ format: z.enum(["yaml", "json"]).default("yaml") }),
      response: {
        200: {
          description: "The plant model.",
          content: {
            "text/yaml": { schema: z.string() },
            "application/json": { schema: plantModel },
          },
        },
      },
    },
    handler: async ({ query }, reply) => {
      const nodes = await readPlantNodes(context.pool);
      reply.header("plant-model-version", versionOf(nodes));
      if (query.format === "json") return plantModelOf([...nodes.values()]);
      return reply.type("text/yaml; charset=utf-8").send(formatPlantModel([...nodes.values()]));
    },
  });

  app.route({
    method: "PUT",
    url,
    bodyLimit: bodyBytesMax,
    schema: {
      summary: "Imports a plant model from YAML",
      description:
        "It is validated as a whole, and taken as a whole or not at all. Equipment that it does not name stays.",
      tags,
      body: plantModelWanted,
      response: { 200: plantModelImport },
    },
    preValidation: changesAllowed(context),
    handler: async (request) => {
      const { text, dryRun, expectedVersion, occurredAt } = request.body;
      if (dryRun) {
        const nodes = await readPlantNodes(context.pool);
        expectVersion(expectedVersion, versionOf(nodes));
        const nowMs = context.clock.now();
        const atMs = occurredAt === undefined ? nowMs : Date.parse(occurredAt);
        const changes = readFile(text, nodes, { atMs, nowMs });
        return {
          result: "dryRun",
          version: versionOf(nodes),
          diff: changes.map(diffText),
        } as const;
      }
      return importFile(context, request);
    },
  });
}

async function importFile(
  context: ApiContext,
  request: { headers: Record<string, unknown>; body: z.infer<typeof plantModelWanted> },
): Promise<PlantModelImport> {
  const { text, expectedVersion } = request.body;
  const command = { kind: "plantModel.import", subject: "plant-model" };
  const answer = await changed(
    context,
    request,
    command,
    async (change): Promise<PlantModelImport> => {
      const { tx, occurredAtMs, nowMs } = change;
      await lockPlantModel(tx);
      const nodes = await readPlantNodes(tx);
      expectVersion(expectedVersion, versionOf(nodes));
      const changes = readFile(text, nodes, { atMs: occurredAtMs, nowMs });
      if (changes.length === 0) {
        return { result: "unchanged", version: versionOf(nodes), diff: [] };
      }
      await requireIdle(tx, changes);
      await savePlantNodes(
        tx,
        changes.map(({ after }) => after),
      );
      const version = versionOf(await readPlantNodes(tx));
      const diff = changes.map(diffText);
      await insertOutboxEvents(tx, [
        {
          kind: "plantModel.imported",
          equipment: changes[0]?.after.id ?? "",
          atMs: occurredAtMs,
          data: { version, changes: changes.length },
        },
      ]);
      return { result: "imported", version, diff };
    },
  );
  await context.plantChanged();
  return answer;
}

/** @throws {ApiFailure} with every problem at its line. */
function readFile(
  text: string,
  kept: ReadonlyMap<string, KeptNode>,
  { atMs, nowMs }: { atMs: number; nowMs: number },
): ImportedNode[] {
  let changes: ImportedNode[] = [];
  const { problems } = parsePlantModel(text, "plant-model", (filed) => {
    const imported = importNodes(filed, kept, atMs);
    ({ changes } = imported);
    if (imported.problems.length > 0) return imported.problems;
    const after = changes.map((change) => change.after);
    const plant = new Map([...kept, ...after.map((node) => [node.id, node] as const)]);
    return checkNodes(after, plant, nowMs);
  });
  if (problems === undefined) return changes;
  const texts = problems.map((problem) => formatProblem(problem));
  throw new ApiFailure("plant_model_invalid", texts[0], "text", texts);
}

/** @throws {ApiFailure} if a job runs on a line that is retired. */
async function requireIdle(tx: Transaction, changes: readonly ImportedNode[]): Promise<void> {
  for (const { before, after } of changes) {
    const isRetired = after.retiredAtMs !== null && before?.retiredAtMs === null;
    if (after.level !== "line" || !isRetired) continue;
    const job = await readRunningJob(tx, after.id);
    if (job === undefined) continue;
    throw new ApiFailure("equipment_in_use", `Job "${job}" runs on line "${after.id}".`, "text");
  }
}

/** Every change of a node raises its own, and none is ever removed. */
function versionOf(nodes: ReadonlyMap<string, KeptNode>): number {
  return [...nodes.values()].reduce((sum, { version }) => sum + version, 0);
}
