import { z } from "zod";
import { commandEnvelope } from "../events/command-envelope.ts";
import { slug } from "../plant/signal.ts";

const instant = z.iso.datetime();
const finite = z.number().min(-1e100).max(1e100);

export const chartType = z
  .enum(["imr", "xbarR", "xbarS", "ewma", "c", "u", "p", "np"])
  .describe(
    "imr: single values and their moving range; xbarR, xbarS: means with ranges or standard deviations; ewma: weighted moving average; c, u: defects, of equal or unequal samples; p, np: defective pieces, as a share or a number.",
  );

const signalSampling = z
  .strictObject({
    by: z.literal("signal"),
    signal: z.string().min(5).max(200).describe("<line>.<unit>.<signal>"),
    everySamples: z
      .int()
      .min(1)
      .max(100_000)
      .optional()
      .describe("A subgroup begins at every n-th good sample, counted anew each hour (UTC)."),
    everySeconds: z
      .int()
      .min(1)
      .max(86_400)
      .optional()
      .describe(
        "A subgroup is the first good samples of each interval; these lie on absolute time.",
      ),
  })
  .refine(
    ({ everySamples, everySeconds }) =>
      (everySamples === undefined) !== (everySeconds === undefined),
    "one of everySamples and everySeconds is needed",
  );

export const sampling = z.discriminatedUnion("by", [
  z.strictObject({
    by: z.literal("hand"),
    everyMinutes: z.int().min(1).max(100_000).optional(),
    everyPieces: z.int().min(1).max(1_000_000_000).optional(),
  }),
  signalSampling,
]);

export const limitSource = z.discriminatedUnion("from", [
  z.strictObject({
    from: z.literal("fixed"),
    center: finite,
    lower: finite.optional(),
    upper: finite.optional(),
  }),
  z.strictObject({ from: z.literal("baseline"), subgroups: z.int().min(2).max(500) }),
]);

export const nelsonRule = z.literal([1, 2, 3, 4, 5, 6, 7, 8]);

export const characteristicDefinition = z.strictObject({
  name: z.string().min(1).max(80),
  equipment: z
    .string()
    .min(1)
    .max(200)
    .nullable()
    .default(null)
    .describe("A line, or one unit of it; null: wherever the product is made."),
  product: z.string().min(1).max(80).nullable().default(null),
  engineeringUnit: z.string().max(16).default(""),
  target: finite.nullable().default(null),
  lowerSpec: finite.nullable().default(null),
  upperSpec: finite.nullable().default(null),
  chart: chartType,
  subgroupSize: z.int().min(1).max(25).default(1),
  sampling: sampling.default({ by: "hand" }),
  limits: limitSource
    .default({ from: "baseline", subgroups: 25 })
    .describe(
      "fixed: set by an engineer, ±3σ of what is plotted; charts of counts have a centre only. baseline: computed from the first so many subgroups of the phase.",
    ),
  rules: z
    .array(nelsonRule)
    .max(8)
    .default([1, 2, 3, 4, 5, 6, 7, 8])
    .describe("Nelson's; charts of counts know 1 to 4, EWMA knows 1."),
  lambda: z.number().min(0.02).max(1).default(0.2).describe("EWMA: weight of the newest value."),
  width: z.number().min(0.5).max(6).default(3).describe("EWMA: its limits in standard deviations."),
  phase: z
    .string()
    .max(80)
    .default("")
    .describe("Another name begins a new phase with a baseline of its own: a new tool, a repair."),
});

export const characteristicWanted = commandEnvelope.extend(characteristicDefinition.shape);

export const characteristicImport = commandEnvelope.extend({
  csv: z
    .string()
    .min(1)
    .max(200_000)
    .describe(
      "First line: names of columns; then one characteristic a line, `id` and `chart` at least.",
    ),
});

export const characteristicImported = z.object({
  created: z.array(z.string()),
  changed: z.array(z.string()),
  unchanged: z.array(z.string()),
});

export const characteristic = characteristicDefinition.extend({
  id: slug,
  version: z.int().positive(),
  from: instant.describe("In force from then on."),
  retired: z.boolean(),
});

export const reading = z
  .union([z.number(), z.string().max(40)])
  .describe("A number, or its text with a decimal point.");

export const measurementWanted = z.strictObject({
  characteristic: z.string().min(1).max(64),
  takenAt: instant.optional().describe("`occurredAt` if absent."),
  values: z
    .array(reading)
    .min(1)
    .max(25)
    .nullable()
    .describe(
      "As many as the subgroup has; of a chart of counts the one number; null: could not be taken.",
    ),
  inspected: z
    .int()
    .positive()
    .max(1_000_000_000)
    .optional()
    .describe("Pieces that were looked at: for the charts u, p and np."),
  equipment: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("Where, if the characteristic does not say so: a line or a unit."),
  note: z.string().max(500).default(""),
});

export const measurementsWanted = commandEnvelope.extend({
  measurements: z.array(measurementWanted).min(1).max(500),
});

export const measurementCorrection = commandEnvelope.extend({
  values: z
    .array(reading)
    .min(1)
    .max(25)
    .nullable()
    .optional()
    .describe("What it should have been; absent with `withdraw`."),
  inspected: z.int().positive().max(1_000_000_000).optional(),
  withdraw: z.boolean().default(false).describe("It was never so: it leaves the chart."),
  note: z.string().min(1).max(500).describe("Why."),
});

export const chartRule = z.enum([
  "nelson1",
  "nelson2",
  "nelson3",
  "nelson4",
  "nelson5",
  "nelson6",
  "nelson7",
  "nelson8",
  "dispersion",
  "outOfSpec",
]);

export const measurement = z.object({
  id: z.string(),
  characteristic: z.string(),
  equipment: z.string(),
  takenAt: instant,
  values: z.array(z.number()).nullable(),
  inspected: z.int().nullable(),
  by: z.string().describe("A reference, or `signal`."),
  corrected: z.boolean(),
  withdrawn: z.boolean(),
  note: z.string(),
  job: z.string().nullable().describe("The one that ran there then."),
  product: z.string().nullable(),
});

export const measurementsTaken = z.object({
  measurements: z.array(z.string()).describe("Their ids, in the order in which they were sent."),
  signals: z.array(z.object({ characteristic: z.string(), rule: chartRule, at: instant })),
});

const limits = z.object({ center: z.number(), lower: z.number(), upper: z.number() });

export const chartPoint = z.object({
  measurement: z.string(),
  at: instant,
  value: z
    .number()
    .nullable()
    .describe("What is plotted; null if it is missing, which breaks runs."),
  values: z.array(z.number()).nullable(),
  inspected: z.int().nullable(),
  dispersion: z.number().nullable(),
  limits: limits.nullable().describe("null while the phase has none yet."),
  dispersionLimits: limits.nullable(),
  rules: z.array(chartRule).describe("That hold at this point."),
  job: z.string().nullable(),
  product: z.string().nullable(),
});

export const spcSignal = z.object({
  characteristic: z.string(),
  name: z.string(),
  rule: chartRule,
  what: z.string(),
  at: instant.describe("Of the point that completes the pattern."),
  measurement: z.string(),
  points: z.array(z.string()).describe("Measurements that make the pattern."),
  equipment: z.string(),
});

export const capability = z.object({
  values: z.int(),
  mean: z.number(),
  sigmaWithin: z.number(),
  sigmaOverall: z.number(),
  cp: z.number().nullable(),
  cpk: z.number().nullable(),
  pp: z.number().nullable(),
  ppk: z.number().nullable(),
});

export const chartPhase = z.object({
  from: instant,
  to: instant.nullable(),
  version: z.int(),
  chart: chartType,
  subgroupSize: z.int(),
  limitsFrom: z.enum(["fixed", "baseline"]),
  level: z
    .object({
      center: z.number(),
      sigma: z.number().nullable(),
      dispersion: z.number().nullable(),
      subgroups: z.int().nullable(),
    })
    .nullable()
    .describe("null while the baseline is not full."),
  points: z.array(chartPoint),
  capability: capability
    .nullable()
    .describe("Of the points in the range; null without a specification."),
});

export const chart = z.object({
  characteristic,
  from: instant,
  to: instant,
  phases: z.array(chartPhase),
  signals: z.array(spcSignal),
});

export const dueSample = z.object({
  characteristic: z.string(),
  name: z.string(),
  equipment: z.string().nullable(),
  product: z.string().nullable(),
  lastTakenAt: instant.nullable(),
  dueAt: instant.nullable().describe("By time; null if it falls due by pieces only."),
  overdueMs: z.int().describe("0 if it falls due by pieces only."),
  piecesOver: z.int().nullable().describe("Pieces made beyond the ones after which it falls due."),
});

export type CharacteristicBody = z.infer<typeof characteristicDefinition>;
export type Characteristic = z.infer<typeof characteristic>;
export type MeasurementWanted = z.infer<typeof measurementWanted>;
export type Measurement = z.infer<typeof measurement>;
export type Chart = z.infer<typeof chart>;
export type ChartPhase = z.infer<typeof chartPhase>;
export type SpcSignal = z.infer<typeof spcSignal>;
export type DueSample = z.infer<typeof dueSample>;
