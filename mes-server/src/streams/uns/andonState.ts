import { readCallsOfLines } from "../../store/readCallsOfLines.ts";
import { lineOf } from "./alarmState.ts";
import type { UnsState } from "./unsState.ts";

export const andonState: UnsState = {
  name: "andon",
  of: "line",
  what: "The open andon calls of a line, the oldest first; none is an empty list.",
  touchedBy: (kind) => kind.startsWith("andonCall."),
  ownerOf: lineOf,
  async read(pool, { equipment }) {
    const rows = await readCallsOfLines(pool, equipment);
    return new Map(
      [...Map.groupBy(rows, ({ line }) => line)].map(([line, ofLine]) => [
        line,
        {
          calls: ofLine.flatMap(({ id, unit, kind, state, raisedAtMs }) =>
            id === null
              ? []
              : [{ call: id, unit, kind, state, raisedAt: new Date(raisedAtMs).toISOString() }],
          ),
        },
      ]),
    );
  },
};
