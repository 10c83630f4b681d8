import type { ErrorTable } from "./table.ts";

/** Errors of any request, and of what the server reads. */
export const requestErrors = {
  parameter_invalid: {
    status: 400,
    what: "A parameter of the URL has a value that it cannot have.",
    action: "Correct the parameter that `field` names; /api/openapi.json says what it takes.",
  },
  range_reversed: {
    status: 400,
    what: "The beginning of a range of time is not before its end.",
    action: "Send a `from` that is before `to`, both in UTC.",
  },
  range_too_long: {
    status: 400,
    what: "A range of time is longer than is answered at once.",
    action: "Ask for a shorter range, or for several one after the other.",
  },
  cursor_invalid: {
    status: 400,
    what: "A cursor is not one that this list has handed out.",
    action: "Leave `cursor` out to begin with the first page.",
  },
  url_invalid: {
    status: 400,
    what: "The URL cannot be decoded.",
    action: "Encode special characters of the URL as %XX of their UTF-8 bytes.",
  },
  brand_choice_off: {
    status: 400,
    what: "A brand was named in the URL, where the Host header alone chooses it.",
    action:
      "Leave `brand` out, or start the server with --allow-brand-query (for trying out only).",
  },
  map_invalid: {
    status: 422,
    what: "The device map has problems; nothing was deployed.",
    action: "Correct each of `problems`; its line and column are in the text that was sent.",
  },
  change_from_afar: {
    status: 403,
    what: "What changes something is taken from the server's own machine only, as there is no sign-in.",
    action:
      "Send it from there, or through a proxy there that knows who may; --changes-from anywhere lifts this for commands, not for device maps.",
  },
  map_overtaken: {
    status: 409,
    what: "Somebody else has deployed a map to this gateway since.",
    action:
      "Read the newest revision, bring the change into it, and send its number as `expectedRevision`.",
  },
  body_too_large: {
    status: 413,
    what: "The body is larger than this path takes.",
    action: "Send less; /api/openapi.json has the limits.",
  },
  map_unknown: {
    status: 404,
    what: "No such device map has been deployed to this gateway.",
    action: "Look at the gateway's map/revisions; a gateway that runs by its own file has none.",
  },
  path_unknown: {
    status: 404,
    what: "There is nothing under this path and method.",
    action: "Look the path up in /api/openapi.json.",
  },
  line_unknown: {
    status: 404,
    what: "No line of this id is known.",
    action: "Look the id up under /api/v1/lines; a line is known once its gateway has connected.",
  },
  unit_unknown: {
    status: 404,
    what: "No unit of this id is known.",
    action: "Use <line>.<unit>; /api/v1/lines lists the units of each line.",
  },
  signal_unknown: {
    status: 404,
    what: "No signal of this id is known.",
    action: "Use <line>.<unit>.<signal>; /api/v1/signals lists them.",
  },
  brand_unknown: {
    status: 404,
    what: "No brand of this id is served.",
    action: "Look the id up under /api/v1/brands.",
  },
  pictures_loading: {
    status: 503,
    what: "The server has just started and is still reading the plant's state from the database.",
    action: "Ask again in a second; /readyz says when it is done.",
  },
  database_unreachable: {
    status: 503,
    what: "The database does not answer.",
    action: "Ask again in a few seconds; if it lasts, look at /readyz and at the database.",
  },
  database_too_slow: {
    status: 503,
    what: "The database took longer over this question than it may.",
    action: "Ask for a shorter range.",
  },
  internal: {
    status: 500,
    what: "The server has failed at this request.",
    action: "Look for the request's id in the server's log, and report both.",
  },
} as const satisfies ErrorTable;
