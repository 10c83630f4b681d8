import type { ErrorTable } from "./table.ts";

/** Errors of the handover of a shift. */
export const handoverErrors = {
  shift_unknown: {
    status: 404,
    what: "The line has no such shift.",
    action:
      "Send `<business date> <name>` as the calendar has it, such as `2026-11-23 early`, or `current` or `last`.",
  },
  shift_not_begun: {
    status: 409,
    what: "The shift has not begun: there is nothing to hand over.",
    action: "Wait until it has begun.",
  },
  handover_signed: {
    status: 409,
    what: "This side of the handover has been signed already: a signature stays as it is.",
    action:
      "Write a note about what is to be added; corrections show as differences by themselves.",
  },
  handover_not_left: {
    status: 409,
    what: "Nobody has handed the shift over yet, so nobody can take it over.",
    action: "Let the leaving side sign first.",
  },
  handover_same_person: {
    status: 422,
    what: "Whoever takes over is whoever hands over.",
    action: "Sign with the reference of the person who goes on.",
  },
  handover_overtaken: {
    status: 409,
    what: "The report is another one by now than the one that was read.",
    action: "Read it again, and sign with its new `hash`.",
  },
  handover_not_signed: {
    status: 404,
    what: "This side of the handover has not been signed.",
    action: "Look at `signOffs` of the handover.",
  },
  note_unknown: {
    status: 404,
    what: "There is no such note about this shift.",
    action: "Send the id of a note of this shift as `withdraws`.",
  },
} as const satisfies ErrorTable;
