import { commandEnvelope } from "@only-mes/protocols/events/command-envelope";
import {
  characteristic as characteristicSchema,
  characteristicImport,
  characteristicImported,
  characteristicWanted,
  type Characteristic,
  type CharacteristicBody,
} from "@only-mes/protocols/console/quality";
import { listOf } from "@only-mes/protocols/console/http";
import { slug } from "@only-mes/protocols/plant/signal";
import { z } from "zod";
import { inForceOrder, type CharacteristicVersion } from "../domain/quality/characteristic.ts";
import { lineOfEquipment } from "../domain/quality/place.ts";
import { putCharacteristic, type WantedCharacteristic } from "../quality/putCharacteristic.ts";
import { readCharacteristicVersions } from "../store/readCharacteristicVersions.ts";
import { changed, changesAllowed, expectVersion } from "./change.ts";
import { characteristicsOfCsv, characteristicTable } from "./characteristic-csv.ts";
import { loadedBook, type ApiApp, type ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv } from "./csv.ts";
import { definitionProblem } from "../domain/quality/check-definition.ts";
import { ApiFailure } from "./failure.ts";
import { knownEquipment } from "./known-equipment.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";
import { isoOf } from "./window.ts";

const tags = ["quality"];
const idParameters = z.strictObject({ id: slug });
const importBytesMax = 600_000;

export function characteristicRoutes(app: ApiApp, context: ApiContext): void {
  const preValidation = changesAllowed(context);

  app.route({
    method: "GET",
    url: "/characteristics",
    schema: {
      summary: "What is measured, in the order of ids",
      tags,
      querystring: z.strictObject({
        ...csvParameters,
        line: z.string().min(1).max(64).optional().describe("Of it and its units."),
        equipment: z.string().min(1).max(200).optional(),
        product: z.string().min(1).max(80).optional(),
        retired: z.enum(["true", "false"]).optional(),
        limit: limitParameter(200, 1_000),
        cursor: cursorParameter,
      }),
      response: { 200: listOrCsv(characteristicSchema) },
    },
    handler: async ({ query }, reply) => {
      const all = [...(await readCharacteristicVersions(context.pool)).values()]
        .map(answerOf)
        .filter((each) => isAskedFor(each, query));
      return answerList(reply, query, characteristicTable, async ({ limit, cursor }) => {
        const after = positionOf(cursor, /^[a-z0-9_-]{1,64}$/) ?? "";
        const rest = all.filter(({ id }) => id > after);
        const items = rest.slice(0, limit);
        const last = items.at(-1);
        const hasMore = last !== undefined && rest.length > items.length;
        return { items, ...(hasMore ? { nextCursor: cursorFrom(last.id) } : {}) };
      });
    },
  });

  app.route({
    method: "GET",
    url: "/characteristics/:id",
    schema: {
      summary: "What is measured under an id, as it stands now",
      tags,
      params: idParameters,
      querystring: z.strictObject({}),
      response: { 200: characteristicSchema },
    },
    handler: async ({ params }) => answerOf(await knownVersions(context, params.id)),
  });

  app.route({
    method: "GET",
    url: "/characteristics/:id/versions",
    schema: {
      summary: "Its definitions, in the order in which they are in force",
      tags,
      params: idParameters,
      querystring: z.strictObject({}),
      response: { 200: listOf(characteristicSchema) },
    },
    handler: async ({ params }) => ({
      items: inForceOrder(await knownVersions(context, params.id)).map(versionAnswer),
    }),
  });

  app.route({
    method: "PUT",
    url: "/characteristics/:id",
    schema: {
      summary: "Defines what is measured under an id, anew or otherwise than before",
      description:
        "In force from `occurredAt` on; earlier points keep the definition of their time. What changes how limits " +
        "come about begins a new phase of the chart.",
      tags,
      params: idParameters,
      body: characteristicWanted,
      response: { 200: characteristicSchema },
    },
    preValidation,
    handler: async (request) => {
      const { id } = request.params;
      const { commandId: _, actor: __, occurredAt: ___, expectedVersion, ...body } = request.body;
      checkDefinition(context, body);
      return changed(
        context,
        request,
        { kind: "characteristic.put", subject: id },
        async (change) => {
          const known = (await readCharacteristicVersions(change.tx, [id])).get(id) ?? [];
          expectVersion(expectedVersion, known.length);
          await putCharacteristic(change, wantedOf(id, body, false));
          return storedAnswer(change.tx, id);
        },
      );
    },
  });

  app.route({
    method: "POST",
    url: "/characteristics/:id/retire",
    schema: {
      summary: "Nothing more is measured under this id; what was stays",
      tags,
      params: idParameters,
      body: commandEnvelope,
      response: { 200: characteristicSchema },
    },
    preValidation,
    handler: async (request) => {
      const { id } = request.params;
      return changed(
        context,
        request,
        { kind: "characteristic.retire", subject: id },
        async (change) => {
          const known = (await readCharacteristicVersions(change.tx, [id])).get(id);
          if (known === undefined) throw unknownCharacteristic(id);
          expectVersion(request.body.expectedVersion, known.length);
          const current = inForceOrder(known).at(-1);
          if (current === undefined) throw unknownCharacteristic(id);
          const { version: _, fromMs: __, command: ___, ...definition } = current;
          await putCharacteristic(change, { ...definition, isRetired: true });
          return storedAnswer(change.tx, id);
        },
      );
    },
  });

  app.route({
    method: "POST",
    url: "/characteristics/import",
    bodyLimit: importBytesMax,
    schema: {
      summary: "Defines characteristics by a CSV: all of it or nothing",
      description:
        "Columns as `GET /characteristics?format=csv` writes them; those that are absent or empty take the defaults. " +
        "What is there already and stands the same is left as it is; what is not in the file stays.",
      tags,
      body: characteristicImport,
      response: { 200: characteristicImported },
    },
    preValidation,
    handler: async (request) => {
      const rows = characteristicsOfCsv(request.body.csv);
      for (const { body } of rows) checkDefinition(context, body);
      return changed(
        context,
        request,
        { kind: "characteristic.import", subject: "characteristics" },
        async (change) => {
          const known = await readCharacteristicVersions(
            change.tx,
            rows.map(({ id }) => id),
          );
          const outcome = {
            created: [] as string[],
            changed: [] as string[],
            unchanged: [] as string[],
          };
          for (const { id, body, isRetired } of rows) {
            const isChanged = await putCharacteristic(change, wantedOf(id, body, isRetired), {
              onlyIfOther: true,
            });
            outcome[isChanged ? (known.has(id) ? "changed" : "created") : "unchanged"].push(id);
          }
          return outcome;
        },
      );
    },
  });
}

/** @throws {ApiFailure} if there is none. */
export async function knownVersions(
  { pool }: Pick<ApiContext, "pool">,
  id: string,
): Promise<CharacteristicVersion[]> {
  const versions = (await readCharacteristicVersions(pool, [id])).get(id);
  if (versions === undefined) throw unknownCharacteristic(id);
  return versions;
}

export function unknownCharacteristic(id: string, field = "id"): ApiFailure {
  return new ApiFailure("characteristic_unknown", `"${id}"`, field);
}

export function answerOf(versions: readonly CharacteristicVersion[]): Characteristic {
  const current = inForceOrder(versions).at(-1);
  if (current === undefined) throw new RangeError("a characteristic without a definition");
  return { ...versionAnswer(current), version: versions.length };
}

function versionAnswer(version: CharacteristicVersion): Characteristic {
  const { fromMs, isRetired, rules, sampling, limits, chart } = version;
  return {
    id: version.id,
    name: version.name,
    equipment: version.equipment,
    product: version.product,
    engineeringUnit: version.engineeringUnit,
    target: version.target,
    lowerSpec: version.lowerSpec,
    upperSpec: version.upperSpec,
    chart,
    subgroupSize: version.subgroupSize,
    sampling,
    limits,
    rules: [...rules],
    lambda: version.lambda,
    width: version.width,
    phase: version.phase,
    version: version.version,
    from: isoOf(fromMs),
    retired: isRetired,
  };
}

async function storedAnswer(tx: Parameters<typeof readCharacteristicVersions>[0], id: string) {
  const versions = (await readCharacteristicVersions(tx, [id])).get(id) ?? [];
  return answerOf(versions);
}

function wantedOf(id: string, body: CharacteristicBody, isRetired: boolean): WantedCharacteristic {
  return { id, ...body, isRetired };
}

/** @throws {ApiFailure} if the chart cannot be kept, or something that it names is not known. */
function checkDefinition(context: ApiContext, body: CharacteristicBody): void {
  const problem = definitionProblem({ ...body, isRetired: false });
  if (problem !== undefined) throw new ApiFailure(problem.code, problem.detail, problem.field);
  if (body.equipment !== null) knownEquipment(context, body.equipment);
  if (body.sampling.by === "hand") return;
  const signal = loadedBook(context).signal(body.sampling.signal);
  if (signal === undefined) {
    throw new ApiFailure("signal_unknown", `"${body.sampling.signal}"`, "sampling.signal");
  }
  if (signal.bound.definition.role !== "analog") {
    const detail = `"${signal.id}" is ${signal.bound.definition.role}.`;
    throw new ApiFailure("sampling_unsuitable", detail, "sampling.signal");
  }
}

function isAskedFor(
  each: Characteristic,
  query: {
    line?: string | undefined;
    equipment?: string | undefined;
    product?: string | undefined;
    retired?: string | undefined;
  },
): boolean {
  const { equipment, product, retired } = each;
  return (
    (query.line === undefined ||
      (equipment !== null && lineOfEquipment(equipment) === query.line)) &&
    (query.equipment === undefined || equipment === query.equipment) &&
    (query.product === undefined || product === query.product) &&
    (query.retired === undefined || String(retired) === query.retired)
  );
}
