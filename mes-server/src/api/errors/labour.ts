import type { ErrorTable } from "./table.ts";

/** Errors of signing on and off. */
export const labourErrors = {
  person_not_a_reference: {
    status: 422,
    what: "A person is given by something that is no reference: names are kept nowhere here.",
    action: "Send a reference of the form <kind>:<number or code>, such as badge:4711.",
  },
  labour_fact_unknown: {
    status: 404,
    what: "Nobody has signed on or off under this id.",
    action: "Use `fact` of the answer to the sign-on or sign-off.",
  },
} as const satisfies ErrorTable;
