import {
  measurement as measurementSchema,
  measurementCorrection,
  measurementsTaken,
  measurementsWanted,
  type Measurement,
  type MeasurementWanted,
} from "@only-mes/protocols/console/quality";
import { slug } from "@only-mes/protocols/plant/signal";
import { z } from "zod";
import type { Change } from "../changes/carryOut.ts";
import { versionAt, type CharacteristicVersion } from "../domain/quality/characteristic.ts";
import type { ChartRule } from "../domain/quality/control-chart.ts";
import { measuredValues } from "../domain/quality/check-measurement.ts";
import { readRunning } from "../quality/readRunning.ts";
import { lockedVersions, takeMeasurements } from "../quality/takeMeasurements.ts";
import type { MeasurementFact } from "../store/insertMeasurements.ts";
import { readMeasurement } from "../store/readMeasurement.ts";
import { readMeasurements, type MeasurementRow } from "../store/readMeasurements.ts";
import type { SpcSignalRow } from "../store/replaceSpcSignals.ts";
import { changed, changesAllowed } from "./change.ts";
import { knownVersions, unknownCharacteristic } from "./characteristics.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { knownEquipment } from "./known-equipment.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";
import { isoOf, windowOf, windowParameters } from "./window.ts";

const tags = ["quality"];
const daysMax = 366;
const clockSkewMsMax = 5_000;

const measurementTable: CsvTable<Measurement> = {
  name: "measurements",
  columns: {
    id: ({ id }) => id,
    characteristic: ({ characteristic }) => characteristic,
    equipment: ({ equipment }) => equipment,
    taken_at: ({ takenAt }) => takenAt,
    values: ({ values }) => values?.join(" "),
    inspected: ({ inspected }) => inspected,
    by: ({ by }) => by,
    corrected: ({ corrected }) => corrected,
    withdrawn: ({ withdrawn }) => withdrawn,
    job: ({ job }) => job,
    product: ({ product }) => product,
    note: ({ note }) => note,
  },
};

export function measurementRoutes(app: ApiApp, context: ApiContext): void {
  const preValidation = changesAllowed(context);

  app.route({
    method: "GET",
    url: "/measurements",
    schema: {
      summary: "What was measured of a characteristic, as it is believed now",
      tags,
      querystring: z.strictObject({
        ...windowParameters,
        ...csvParameters,
        characteristic: slug,
        limit: limitParameter(500, 5_000),
        cursor: cursorParameter,
      }),
      response: { 200: listOrCsv(measurementSchema) },
    },
    handler: async ({ query }, reply) => {
      const { characteristic } = query;
      await knownVersions(context, characteristic);
      const window = windowOf(query, context.clock.now(), daysMax);
      return answerList(reply, query, measurementTable, async ({ limit, cursor }) => {
        const after = placeOf(cursor);
        const rows = await readMeasurements(context.pool, {
          characteristic,
          ...window,
          after,
          limit: limit + 1,
          withWithdrawn: true,
        });
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        const hasMore = last !== undefined && rows.length > page.length;
        return {
          items: await answersOf(context, page),
          ...(hasMore ? { nextCursor: cursorFrom(`${last.atMs} ${last.id}`) } : {}),
        };
      });
    },
  });

  app.route({
    method: "POST",
    url: "/measurements",
    bodyLimit: 1_048_576,
    schema: {
      summary: "Takes what was measured by hand, one subgroup or many: all of them or none",
      tags,
      body: measurementsWanted,
      response: { 200: measurementsTaken },
    },
    preValidation,
    handler: async (request) => {
      const { measurements } = request.body;
      const subject =
        measurements.length === 1 ? (measurements[0]?.characteristic ?? "") : "measurements";
      return changed(context, request, { kind: "measurement.take", subject }, async (change) => {
        const ids = measurements.map(({ characteristic }) => characteristic);
        const versions = await lockedVersions(change, ids);
        const facts = measurements.map((wanted, index) =>
          factOf(context, change, wanted, index, versions.get(wanted.characteristic)),
        );
        const signals = await takeMeasurements(change, versions, facts);
        return { measurements: facts.map(({ id }) => id), signals: signals.map(signalAnswer) };
      });
    },
  });

  app.route({
    method: "POST",
    url: "/measurements/:id/correction",
    schema: {
      summary:
        "Says what a measurement should have been, or that it never was; the first word stays",
      tags,
      params: z.strictObject({ id: z.string().min(1).max(160) }),
      body: measurementCorrection,
      response: { 200: measurementsTaken },
    },
    preValidation,
    handler: async (request) => {
      const { id } = request.params;
      const { values, inspected, withdraw, note } = request.body;
      if (withdraw !== (values === undefined))
        throw new ApiFailure("correction_empty", undefined, "values");
      return changed(
        context,
        request,
        { kind: "measurement.correct", subject: id },
        async (change) => {
          const known = await readMeasurement(change.tx, id);
          if (known === undefined) throw new ApiFailure("measurement_unknown", `"${id}"`, "id");
          const { characteristic, equipment, takenAtMs } = known;
          const versions = await lockedVersions(change, [characteristic]);
          const definition = versionAt(versions.get(characteristic) ?? [], takenAtMs);
          const fact: MeasurementFact = {
            ...saidBy(change),
            id: change.commandId,
            subject: id,
            characteristic,
            equipment,
            takenAtMs,
            readings:
              withdraw || definition === undefined
                ? null
                : readingsOf(definition, { values: values ?? null, inspected }, ""),
            inspected: inspected ?? null,
            isWithdrawn: withdraw,
            note,
          };
          const signals = await takeMeasurements(change, versions, [fact]);
          return { measurements: [id], signals: signals.map(signalAnswer) };
        },
      );
    },
  });
}

/** @throws {ApiFailure} naming the field of the measurement that is wrong. */
function factOf(
  context: ApiContext,
  change: Change,
  wanted: MeasurementWanted,
  index: number,
  versions: readonly CharacteristicVersion[] | undefined,
): MeasurementFact {
  const path = `measurements.${index}`;
  const takenAtMs = wanted.takenAt === undefined ? change.occurredAtMs : Date.parse(wanted.takenAt);
  const definition = inForceAt(change, wanted, versions, takenAtMs, path);
  const equipment = definition.equipment ?? wanted.equipment;
  if (equipment === undefined) {
    throw new ApiFailure("measurement_place_missing", undefined, `${path}.equipment`);
  }
  if (definition.equipment === null) knownEquipment(context, equipment, `${path}.equipment`);
  const id = `${change.commandId}.${index}`;
  return {
    ...saidBy(change),
    id,
    subject: id,
    characteristic: wanted.characteristic,
    equipment,
    takenAtMs,
    readings: readingsOf(definition, wanted, `${path}.`),
    inspected: wanted.inspected ?? null,
    isWithdrawn: false,
    note: wanted.note,
  };
}

function inForceAt(
  change: Change,
  { characteristic }: MeasurementWanted,
  versions: readonly CharacteristicVersion[] | undefined,
  takenAtMs: number,
  path: string,
): CharacteristicVersion {
  if (versions === undefined) throw unknownCharacteristic(characteristic, `${path}.characteristic`);
  if (takenAtMs > change.nowMs + clockSkewMsMax) {
    throw new ApiFailure("measurement_in_future", isoOf(takenAtMs), `${path}.takenAt`);
  }
  const definition = versionAt(versions, takenAtMs);
  if (definition === undefined) {
    throw new ApiFailure("characteristic_not_yet", `"${characteristic}"`, `${path}.takenAt`);
  }
  if (definition.isRetired) {
    throw new ApiFailure("characteristic_retired", `"${characteristic}"`, `${path}.characteristic`);
  }
  if (definition.sampling.by === "signal") {
    throw new ApiFailure("measurement_by_signal", `"${characteristic}"`, `${path}.characteristic`);
  }
  return definition;
}

function readingsOf(
  definition: CharacteristicVersion,
  given: Parameters<typeof measuredValues>[1],
  path: string,
): number[] | null {
  const measured = measuredValues(definition, given);
  if ("values" in measured) return measured.values;
  const { code, detail, field } = measured.problem;
  throw new ApiFailure(code, detail, `${path}${field}`);
}

function saidBy({ occurredAtMs, nowMs, actor }: Change) {
  return { saidAtMs: occurredAtMs, knownAtMs: nowMs, actor };
}

function signalAnswer({ characteristic, rule, atMs }: SpcSignalRow) {
  return { characteristic, rule: rule as ChartRule, at: isoOf(atMs) };
}

async function answersOf(
  { pool }: ApiContext,
  rows: readonly MeasurementRow[],
): Promise<Measurement[]> {
  const running = await readRunning(pool, rows);
  return rows.map((row) => {
    const job = running(row);
    return {
      id: row.id,
      characteristic: row.characteristic,
      equipment: row.equipment,
      takenAt: isoOf(row.atMs),
      values: row.values === null ? null : [...row.values],
      inspected: row.inspected,
      by: row.actor ?? "signal",
      corrected: row.isCorrected,
      withdrawn: row.isWithdrawn,
      note: row.note,
      job: job?.job ?? null,
      product: job?.product ?? null,
    };
  });
}

function placeOf(cursor: string | undefined): { atMs: number; id: string } | undefined {
  const position = positionOf(cursor, /^-?\d{1,15} .{1,160}$/);
  if (position === undefined) return undefined;
  const space = position.indexOf(" ");
  return { atMs: Number(position.slice(0, space)), id: position.slice(space + 1) };
}
