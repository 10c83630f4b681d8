import type { ErrorTable } from "./table.ts";

/** Errors of characteristics, measurements and charts. */
export const qualityErrors = {
  characteristic_unknown: {
    status: 404,
    what: "No characteristic of this id is known.",
    action: "Look the id up under /api/v1/characteristics, or create it with PUT.",
  },
  characteristic_retired: {
    status: 409,
    what: "The characteristic was retired: nothing more is measured of it.",
    action: "Measure another one, or put its definition again to bring it back.",
  },
  characteristic_not_yet: {
    status: 422,
    what: "The characteristic was not in force yet when this was taken.",
    action: "Correct `takenAt`, or put the definition with an earlier `occurredAt`.",
  },
  characteristic_place_missing: {
    status: 422,
    what: "A characteristic needs a product or equipment.",
    action: "Send `equipment`, `product`, or both.",
  },
  characteristic_too_far_back: {
    status: 422,
    what: "A definition cannot come into force that long ago.",
    action:
      "Send an `occurredAt` of the last 31 days, or of the last day if it is fed by a signal.",
  },
  spec_limits_reversed: {
    status: 422,
    what: "The lower specification limit is not below the upper one, or the target is not between them.",
    action: "Correct `lowerSpec`, `upperSpec` or `target`.",
  },
  control_limits_reversed: {
    status: 422,
    what: "Fixed control limits do not stand in the order lower, centre, upper, the centre in their middle.",
    action: "Correct them; send a baseline instead to have them computed.",
  },
  control_limits_wrong_kind: {
    status: 422,
    what: "The fixed control limits are not the ones that this chart takes.",
    action:
      "Charts of measures (imr, xbarR, xbarS, ewma) take centre, lower and upper; charts of counts the centre only, of p and np from 0 to 1.",
  },
  subgroup_size_unsuitable: {
    status: 422,
    what: "The chart cannot be kept with subgroups of this size.",
    action: "imr, c, u, p and np take 1 value; xbarR takes 2 to 10, xbarS 2 to 25, ewma 1 to 10.",
  },
  sampling_unsuitable: {
    status: 422,
    what: "The chart cannot be fed by this sampling.",
    action:
      "Charts of counts are taken by hand; a signal must be measured (analog), and give a subgroup before the next one begins.",
  },
  subgroup_size_wrong: {
    status: 422,
    what: "The measurement has more or fewer values than the subgroup of its characteristic.",
    action: "Send as many as its `subgroupSize` says, or null if it could not be taken.",
  },
  value_not_finite: {
    status: 422,
    what: "A value is not a finite number.",
    action: "Send a number such as 12.5, between -1e100 and 1e100.",
  },
  count_not_whole: {
    status: 422,
    what: "A chart of counts was given a number that counts nothing: a fraction, or below zero.",
    action: "Send how many defects or defective pieces were found.",
  },
  inspected_missing: {
    status: 422,
    what: "The chart cannot say anything without how many pieces were looked at.",
    action: "Send `inspected` with each measurement of the charts u, p and np.",
  },
  inspected_not_taken: {
    status: 422,
    what: "This chart does not take how many pieces were looked at.",
    action: "Leave `inspected` out, or keep a chart u, p or np.",
  },
  more_found_than_inspected: {
    status: 422,
    what: "More pieces are said to be defective than were looked at.",
    action: "Correct the number or `inspected`; defects (several a piece) are for the chart u.",
  },
  measurement_place_missing: {
    status: 422,
    what: "The characteristic is of a product only: it does not say where this was taken.",
    action: "Send `equipment`, a line or a unit.",
  },
  measurement_by_signal: {
    status: 409,
    what: "This characteristic is measured by a signal, not by hand.",
    action: "Create another one that is taken by hand; a wrong value can be corrected.",
  },
  measurement_in_future: {
    status: 422,
    what: "The measurement says that it was taken later than now.",
    action: "Correct `takenAt`, or the clock of whoever sends it.",
  },
  measurement_unknown: {
    status: 404,
    what: "No measurement of this id is known.",
    action: "Look the id up under /api/v1/measurements.",
  },
  correction_empty: {
    status: 422,
    what: "The correction says neither what should be there nor that the measurement is withdrawn.",
    action: "Send either `values` or `withdraw`, not both.",
  },
  quality_csv_invalid: {
    status: 422,
    what: "The CSV has problems; nothing was imported.",
    action: "Correct each of `problems`; its line is named.",
  },
} as const satisfies ErrorTable;
