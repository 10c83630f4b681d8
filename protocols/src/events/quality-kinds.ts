import { z } from "zod";

const characteristic = { characteristic: z.string(), name: z.string() };
const signal = z.object({
  ...characteristic,
  rule: z.string().describe("nelson1 to nelson8, dispersion, outOfSpec."),
  what: z.string().describe("The rule in words."),
  measurement: z.string().describe("The one that completes the pattern."),
  points: z.array(z.string()).describe("Measurements that make the pattern."),
});
const measured = z.object({
  measurement: z.string(),
  ...characteristic,
  values: z.array(z.number()).readonly().nullable().describe("null: it could not be taken."),
  inspected: z.int().nullable(),
  isWithdrawn: z.boolean(),
});
const defined = z.object({ ...characteristic, version: z.int() });
const person = z.string().describe("A reference, never a name.");
const equipment = "bottling-1.filler";
const weight = { characteristic: "fill-weight", name: "Fill weight" };
const outOfLimits = {
  ...weight,
  rule: "nelson1",
  what: "a point beyond the control limits",
  measurement: "console-7-0042.0",
  points: ["console-7-0042.0"],
};
const taken = {
  measurement: "console-7-0042.0",
  ...weight,
  values: [512.5],
  inspected: null,
  isWithdrawn: false,
};

/** Events of quality, labour and the handover of shifts (docs/quality.md, docs/handover.md). */
export const qualityEventKinds = {
  "characteristic.defined": {
    what: "What is measured at equipment has been defined, anew or otherwise.",
    data: defined,
    example: { equipment, data: { ...weight, version: 2 } },
  },
  "characteristic.retired": {
    what: "Something is not measured any longer.",
    data: defined,
    example: { equipment, data: { ...weight, version: 3 } },
  },
  "quality.measured": {
    what: "A subgroup was taken by hand.",
    data: measured,
    example: { equipment, data: taken },
  },
  "quality.corrected": {
    what: "A measurement is another one than was said, or never was.",
    data: measured,
    example: { equipment, data: { ...taken, values: [502.5] } },
  },
  "quality.signal": {
    what: "A rule of a control chart begins to hold: once for a run, however long it goes on. It may be known late, or because of a correction.",
    data: signal,
    example: { equipment, data: outOfLimits },
  },
  "quality.outOfSpec": {
    what: "A measurement has a value out of specification.",
    data: signal,
    example: {
      equipment,
      data: { ...outOfLimits, rule: "outOfSpec", what: "a value out of specification" },
    },
  },
  "quality.signalWithdrawn": {
    what: "A signal, or a value out of specification, is none by what is known now.",
    data: signal,
    example: { equipment, data: outOfLimits },
  },
  "labour.signedOn": {
    what: "Somebody works at equipment.",
    data: z.object({ person, role: z.string().nullable() }),
    example: { equipment, data: { person: "badge:4711", role: "operator" } },
  },
  "labour.signedOff": {
    what: "Somebody works no longer at equipment.",
    data: z.object({ person, role: z.string().nullable() }),
    example: { equipment, data: { person: "badge:4711", role: null } },
  },
  "labour.withdrawn": {
    what: "A sign-on or sign-off at equipment was a mistake.",
    data: z.object({ person, role: z.string().nullable() }),
    example: { equipment, data: { person: "badge:4711", role: null } },
  },
  "handover.noted": {
    what: "Somebody has left a note for the next shift.",
    data: z.object({ note: z.string(), shift: z.string(), topic: z.string() }),
    example: {
      equipment: "bottling-1",
      data: { note: "console-7-0043", shift: "2026-11-23 early", topic: "machine" },
    },
  },
  "handover.signedOff": {
    what: "One side has signed the report of a shift.",
    data: z.object({
      shift: z.string(),
      side: z.enum(["leaving", "takingOver"]),
      hash: z.string().describe("sha256 of the report that was signed."),
    }),
    example: {
      equipment: "bottling-1",
      data: { shift: "2026-11-23 early", side: "leaving", hash: "a".repeat(64) },
    },
  },
} as const;
