import {
  chart as chartSchema,
  dueSample,
  spcSignal as spcSignalSchema,
  chartRule,
  type Chart,
  type ChartPhase,
  type SpcSignal,
} from "@only-mes/protocols/console/quality";
import { listOf } from "@only-mes/protocols/console/http";
import { slug } from "@only-mes/protocols/plant/signal";
import { z } from "zod";
import { capabilityOf } from "../domain/quality/capability.ts";
import {
  phasesOf,
  versionAt,
  type CharacteristicVersion,
  type Phase,
} from "../domain/quality/characteristic.ts";
import type { ChartRule } from "../domain/quality/control-chart.ts";
import { ruleText } from "../domain/quality/rule-text.ts";
import { readDueSamples } from "../quality/readDueSamples.ts";
import { readPhaseChart, type PhaseChart } from "../quality/readPhaseChart.ts";
import { readRunning } from "../quality/readRunning.ts";
import { readCharacteristicVersions } from "../store/readCharacteristicVersions.ts";
import { readSpcSignals } from "../store/readSpcSignals.ts";
import type { SpcSignalRow } from "../store/replaceSpcSignals.ts";
import { answerOf, knownVersions } from "./characteristics.ts";
import { knownLine, type ApiApp, type ApiContext } from "./context.ts";
import { answerList, csvParameters, listOrCsv, type CsvTable } from "./csv.ts";
import { ApiFailure } from "./failure.ts";
import { cursorFrom, cursorParameter, limitParameter, positionOf } from "./paging.ts";
import { isoOf, windowOf, windowParameters, type Window } from "./window.ts";

const tags = ["quality"];
const daysMax = 366;
const pointsMax = 10_000;

type Point = ChartPhase["points"][number];

const pointTable: CsvTable<Point> = {
  name: "chart",
  columns: {
    measurement: ({ measurement }) => measurement,
    at: ({ at }) => at,
    value: ({ value }) => value,
    center: ({ limits }) => limits?.center,
    lower_limit: ({ limits }) => limits?.lower,
    upper_limit: ({ limits }) => limits?.upper,
    dispersion: ({ dispersion }) => dispersion,
    dispersion_upper_limit: ({ dispersionLimits }) => dispersionLimits?.upper,
    values: ({ values }) => values?.join(" "),
    inspected: ({ inspected }) => inspected,
    rules: ({ rules }) => rules.join(" "),
    job: ({ job }) => job,
    product: ({ product }) => product,
  },
};

const signalTable: CsvTable<SpcSignal> = {
  name: "spc-signals",
  columns: {
    at: ({ at }) => at,
    characteristic: ({ characteristic }) => characteristic,
    name: ({ name }) => name,
    rule: ({ rule }) => rule,
    what: ({ what }) => what,
    measurement: ({ measurement }) => measurement,
    equipment: ({ equipment }) => equipment,
  },
};

export function qualityChartRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url: "/characteristics/:id/chart",
    schema: {
      summary:
        "Control chart of a characteristic: points, limits, signals and capability, phase by phase",
      description: "At most 10,000 points. CSV has the points only.",
      tags,
      params: z.strictObject({ id: slug }),
      querystring: z.strictObject({ ...windowParameters, ...csvParameters }),
      response: {
        200: {
          description: "The chart, or its points as CSV.",
          content: {
            "application/json": { schema: chartSchema },
            "text/csv": { schema: z.string() },
          },
        },
      },
    },
    handler: async ({ params, query }, reply) => {
      const window = windowOf(query, context.clock.now(), daysMax);
      const versions = await knownVersions(context, params.id);
      const chart = await chartAnswer(context, versions, window);
      if (query.format === "json") return chart;
      const items = chart.phases.flatMap(({ points }) => points);
      await answerList(reply, query, { ...pointTable, name: `chart-${params.id}` }, async () => ({
        items,
      }));
      return reply;
    },
  });

  app.route({
    method: "GET",
    url: "/spc-signals",
    schema: {
      summary: "Signals of control charts, and values out of specification, in order of time",
      tags,
      querystring: z.strictObject({
        ...windowParameters,
        ...csvParameters,
        line: z.string().min(1).max(64).optional(),
        characteristic: slug.optional(),
        rule: chartRule.optional(),
        limit: limitParameter(200, 1_000),
        cursor: cursorParameter,
      }),
      response: { 200: listOrCsv(spcSignalSchema) },
    },
    handler: async ({ query }, reply) => {
      const window = windowOf(query, context.clock.now(), daysMax);
      if (query.line !== undefined) knownLine(context, query.line);
      return answerList(reply, query, signalTable, async ({ limit, cursor }) => {
        const { line, characteristic, rule } = query;
        const asked = { ...window, line, characteristic, rule, after: afterOf(cursor) };
        const rows = await readSpcSignals(context.pool, { ...asked, limit: limit + 1 });
        const page = rows.slice(0, limit);
        const last = page.at(-1);
        const names = await readCharacteristicVersions(
          context.pool,
          page.map((row) => row.characteristic),
        );
        const hasMore = last !== undefined && rows.length > page.length;
        return {
          items: page.map((row) => signalAnswer(row, names.get(row.characteristic) ?? [])),
          ...(hasMore ? { nextCursor: cursorFrom(`${last.atMs} ${keyOf(last)}`) } : {}),
        };
      });
    },
  });

  app.route({
    method: "GET",
    url: "/measurements/due",
    schema: {
      summary: "Samples by hand that are due now, the longest overdue first",
      description: "What is measured of a product is due only while the line makes it.",
      tags,
      querystring: z.strictObject({ line: z.string().min(1).max(64).optional() }),
      response: { 200: listOf(dueSample) },
    },
    handler: async ({ query }) => {
      if (query.line !== undefined) knownLine(context, query.line);
      const items = await readDueSamples(context.pool, query.line, context.clock.now());
      return {
        items: items.map(({ lastTakenAtMs, dueAtMs, ...rest }) => ({
          ...rest,
          lastTakenAt: lastTakenAtMs === null ? null : isoOf(lastTakenAtMs),
          dueAt: dueAtMs === null ? null : isoOf(dueAtMs),
        })),
      };
    },
  });
}

async function chartAnswer(
  { pool }: ApiContext,
  versions: readonly CharacteristicVersion[],
  { fromMs, toMs }: Window,
): Promise<Chart> {
  const phases: { phase: Phase; chart: PhaseChart }[] = [];
  let left = pointsMax;
  for (const phase of phasesOf(versions)) {
    if (phase.fromMs >= toMs || (phase.toMs !== null && phase.toMs <= fromMs)) continue;
    const chart = await readPhaseChart(pool, { versions, phase, fromMs, toMs, pointsMax: left });
    if (chart.points.length > left) {
      throw new ApiFailure("range_too_long", `At most ${pointsMax} points are answered.`, "from");
    }
    left -= chart.points.length;
    phases.push({ phase, chart });
  }
  const placed = phases.flatMap(({ chart }) => chart.points.map(({ subgroup }) => subgroup));
  const running = await readRunning(pool, placed);
  return {
    characteristic: answerOf(versions),
    from: isoOf(fromMs),
    to: isoOf(toMs),
    phases: phases.map((each) => phaseAnswer(each, running)),
    signals: phases.flatMap(({ chart }) =>
      chart.signals.map(({ rule, at, points }) => {
        const { id: measurement, characteristic, equipment, atMs } = at;
        return signalAnswer(
          { rule, measurement, characteristic, equipment, atMs, points },
          versions,
        );
      }),
    ),
  };
}

function phaseAnswer(
  { phase, chart }: { phase: Phase; chart: PhaseChart },
  running: Awaited<ReturnType<typeof readRunning>>,
): ChartPhase {
  const { definition, fromMs, toMs } = phase;
  const subgroups = chart.points.map(({ subgroup }) => subgroup);
  return {
    from: isoOf(fromMs),
    to: toMs === null ? null : isoOf(toMs),
    version: definition.version,
    chart: definition.chart,
    subgroupSize: definition.subgroupSize,
    limitsFrom: definition.limits.from,
    level: chart.level ?? null,
    points: chart.points.map((point) => {
      const { subgroup } = point;
      const job = running(subgroup);
      return {
        measurement: subgroup.id,
        at: isoOf(subgroup.atMs),
        value: point.value,
        values: subgroup.values === null ? null : [...subgroup.values],
        inspected: subgroup.inspected,
        dispersion: point.dispersion,
        limits: point.limits ?? null,
        dispersionLimits: point.dispersionLimits ?? null,
        rules: point.rules,
        job: job?.job ?? null,
        product: job?.product ?? null,
      };
    }),
    capability: capabilityOf(definition, subgroups) ?? null,
  };
}

function signalAnswer(row: SpcSignalRow, versions: readonly CharacteristicVersion[]): SpcSignal {
  const { atMs, rule, ...rest } = row;
  return {
    ...rest,
    rule: rule as ChartRule,
    what: ruleText(rule),
    name: versionAt(versions, atMs)?.name ?? row.characteristic,
    at: isoOf(atMs),
  };
}

function keyOf({ characteristic, rule, measurement }: SpcSignalRow): string {
  return `${characteristic} ${rule} ${measurement}`;
}

function afterOf(cursor: string | undefined): { atMs: number; key: string } | undefined {
  const position = positionOf(cursor, /^-?\d{1,15} .{1,300}$/);
  if (position === undefined) return undefined;
  const space = position.indexOf(" ");
  return { atMs: Number(position.slice(0, space)), key: position.slice(space + 1) };
}
