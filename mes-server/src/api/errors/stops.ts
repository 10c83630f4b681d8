import type { ErrorTable } from "./table.ts";

/** Errors of stops, their reasons, and the rules of lines. */
export const stopErrors = {
  stop_unknown: {
    status: 404,
    what: "The equipment has no stop in these times.",
    action: "Read /api/v1/stops again: a late sample or another edit may have moved it.",
  },
  split_outside_stop: {
    status: 422,
    what: "A stop can only be split between its begin and its end, where it stood still.",
    action: "Send an instant within a part of the stop; /api/v1/stops shows them.",
  },
  merge_of_one: {
    status: 422,
    what: "There are not two stops in these times that could be joined.",
    action: "Send `from` of the first stop and `to` of the last one.",
  },
  merge_apart: {
    status: 422,
    what: "Stops can only be joined over runs that are shorter than the line's threshold for microstops.",
    action: "Give each stop its reason, or join only those that are near each other.",
  },
  reason_unknown: {
    status: 422,
    what: "The reason tree has no such reason.",
    action: "Look the code up under /api/v1/reason-tree.",
  },
  reason_retired: {
    status: 409,
    what: "The reason is retired: stops that have it keep it, others do not get it.",
    action: "Choose another one of /api/v1/reason-tree.",
  },
  reason_not_here: {
    status: 422,
    what: "The reason may not be given for this equipment.",
    action: "Choose one whose `equipment` is empty or names it, its line or its area.",
  },
  stop_edit_unknown: {
    status: 404,
    what: "There is no such edit of a stop.",
    action: "Look its id up under /api/v1/stops/edits.",
  },
  stop_edit_undone: {
    status: 409,
    what: "The edit has been undone already.",
    action: "Undo the undo to have it back; /api/v1/stops/edits shows both.",
  },
  reason_tree_invalid: {
    status: 422,
    what: "The reason tree has problems; nothing was put.",
    action: "Correct each of `problems`.",
  },
  reason_tree_unknown: {
    status: 404,
    what: "There is no such version of the reason tree.",
    action: "Look it up under /api/v1/reason-tree/versions.",
  },
  line_rule_unit_unknown: {
    status: 422,
    what: "A bottleneck names a unit that the line does not have.",
    action: "Use whole ids, <line>.<unit>; /api/v1/lines lists the units of each line.",
  },
} as const satisfies ErrorTable;
