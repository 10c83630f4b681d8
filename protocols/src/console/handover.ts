import { z } from "zod";
import { commandEnvelope } from "../events/command-envelope.ts";

const instant = z.iso.datetime();
const length = {
  ms: z.int(),
  minutes: z.int().describe("Rounded so that the parts of a whole add up to it."),
};
const pieces = { good: z.int(), scrap: z.int(), rework: z.int() };

export const noteTopics = ["safety", "quality", "machine", "material", "people", "other"] as const;

const handoverStop = z.object({
  id: z.string(),
  from: instant,
  to: instant.nullable().describe("null while it lasts."),
  reason: z.string().nullable().describe("Code in the reason tree."),
  label: z.string(),
  lossClass: z.string(),
  ...length,
});

const handoverNote = z.object({
  id: z.string(),
  at: instant,
  actor: z.string(),
  topic: z.enum(noteTopics),
  text: z.string(),
});

const producedJob = z.object({
  job: z.string().nullable().describe("null: made while no job ran."),
  order: z.string().nullable(),
  product: z.string().nullable(),
  productName: z.string(),
  unit: z.string(),
  ...pieces,
  target: z
    .int()
    .nullable()
    .describe("Good pieces that the planned rate gives in its time; null without an ideal cycle."),
  difference: z.int().nullable(),
  running: z.boolean().describe("It ran at the end."),
  orderQuantity: z.int().nullable().describe("Of the whole job."),
});

/** A shift as it is handed over. Durations are of the shift; what lies outside of it is cut off. */
export const handoverReport = z.object({
  line: z.object({ id: z.string(), name: z.string() }),
  timeZone: z.string(),
  shift: z.object({
    id: z.string(),
    name: z.string(),
    businessDate: z.string(),
    crew: z.string().nullable(),
    from: instant,
    to: instant,
  }),
  to: instant.describe(
    "Told up to here: the end of the shift, or the last full minute of one that is on.",
  ),
  over: z.boolean(),
  recalculating: z.boolean().describe("Part of the figures is older than the facts."),
  time: z.object({
    ...length,
    parts: z.array(z.object({ key: z.string(), label: z.string(), ...length })),
    losses: z
      .array(z.object({ lossClass: z.string(), label: z.string(), ...length }))
      .describe("Of setup, delays and time without a job, the largest first."),
  }),
  kpis: z.object({
    availability: z.number().nullable(),
    effectiveness: z.number().nullable(),
    quality: z.number().nullable(),
    oee: z.number().nullable(),
  }),
  cautions: z.array(z.string()).describe("What a reader must know to believe the figures."),
  production: z.object({
    jobs: z.array(producedJob),
    total: z.object({ ...pieces, target: z.int().nullable(), difference: z.int().nullable() }),
  }),
  stops: z.object({
    count: z.int(),
    ...length,
    microstops: z.object({ count: z.int(), ...length }),
    longest: z.array(handoverStop),
    byReason: z.array(
      z.object({
        reason: z.string().nullable(),
        label: z.string(),
        lossClass: z.string(),
        count: z.int(),
        ...length,
      }),
    ),
    withoutReason: z.array(handoverStop),
    open: z.array(handoverStop),
  }),
  changeovers: z.array(
    z.object({
      job: z.string(),
      productName: z.string(),
      from: instant,
      to: instant.nullable(),
      ...length,
    }),
  ),
  scrap: z.object({
    byUnit: z.array(
      z.object({ unit: z.string(), name: z.string(), scrap: z.int(), rework: z.int() }),
    ),
    declared: z.array(
      z.object({
        equipment: z.string(),
        role: z.string(),
        at: instant,
        quantity: z.int(),
      }),
    ),
  }),
  alarms: z.object({
    count: z.int(),
    byAlarm: z.array(
      z.object({
        alarm: z.string(),
        unit: z.string(),
        priority: z.string(),
        count: z.int(),
        ...length,
      }),
    ),
    standing: z.array(z.object({ alarm: z.string(), since: instant, acknowledged: z.boolean() })),
    floods: z.array(z.object({ from: instant, to: instant.nullable(), alarms: z.int() })),
  }),
  calls: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      unit: z.string().nullable(),
      note: z.string(),
      raisedAt: instant,
      state: z.string(),
      answeredAfterMs: z.int().nullable(),
      endedAt: instant.nullable(),
      escalations: z.int(),
    }),
  ),
  quality: z.object({
    measurements: z.int(),
    signals: z.array(
      z.object({
        characteristic: z.string(),
        name: z.string(),
        rule: z.string(),
        what: z.string(),
        at: instant,
      }),
    ),
    due: z.array(
      z.object({ characteristic: z.string(), name: z.string(), dueAt: instant.nullable() }),
    ),
  }),
  labour: z.object({
    persons: z.int(),
    ...length,
    signedOn: z.array(
      z.object({
        person: z.string(),
        equipment: z.string(),
        role: z.string(),
        from: instant,
        to: instant.nullable(),
        ...length,
      }),
    ),
  }),
  ahead: z
    .array(z.object({ kind: z.string(), equipment: z.string(), from: instant, to: instant }))
    .describe("Planned downtimes of the next shift, breaks left out."),
  queue: z
    .array(
      z.object({
        job: z.string(),
        productName: z.string(),
        quantity: z.int(),
        unit: z.string(),
        state: z.string(),
      }),
    )
    .describe("Jobs that wait now, in order: of the newest shifts only, and not part of the hash."),
  notes: z.array(handoverNote),
});

export const handoverDifference = z.object({
  what: z.string().describe("Where in the report."),
  signed: z.string().nullable().describe("null: it was not there."),
  now: z.string().nullable().describe("null: it is there no longer."),
});

const signOffSummary = z.object({
  side: z.enum(["leaving", "takingOver"]),
  actor: z.string(),
  at: instant,
  hash: z.string().describe("sha256 of the report that was signed."),
});

export const handover = z.object({
  report: handoverReport,
  hash: z.string(),
  signOffs: z.array(
    signOffSummary.extend({
      differences: z
        .array(handoverDifference)
        .describe("Between what was signed and what is known now."),
    }),
  ),
});

const shiftOf = {
  line: z.string().min(1).max(64),
  shift: z.string().min(1).max(120).describe("`<business date> <name>`, `current`, or `last`."),
};

export const handoverNoteWanted = commandEnvelope.extend({
  line: shiftOf.line,
  shift: shiftOf.shift.default("current"),
  topic: z.enum(noteTopics).default("other"),
  text: z.string().min(1).max(2_000),
  withdraws: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("Id of the note that this one replaces."),
});

export const handoverSignOffWanted = commandEnvelope.extend({
  line: shiftOf.line,
  shift: shiftOf.shift,
  side: z
    .enum(["leaving", "takingOver"])
    .describe("leaving: whoever hands over; takingOver: whoever goes on, afterwards."),
  hash: z
    .string()
    .length(64)
    .optional()
    .describe("Of the report that was read: refused if it is another one by now."),
});

export const handoverSigned = signOffSummary.extend({ line: z.string(), shift: z.string() });

export const handoverSignedReport = handoverSigned.extend({ report: handoverReport });

export type HandoverReport = z.infer<typeof handoverReport>;
export type HandoverStop = z.infer<typeof handoverStop>;
export type HandoverNote = z.infer<typeof handoverNote>;
export type HandoverDifference = z.infer<typeof handoverDifference>;
export type Handover = z.infer<typeof handover>;
