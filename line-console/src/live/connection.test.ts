import { describe, expect, it } from "vitest";
import type { ConnectionEvent, ConnectionState } from "./connection.ts";
import { advance, connectionEvents, connectionStates } from "./connection.ts";

/** What every state makes of every event, in the order of `connectionEvents`. `.` is: stays. */
const table: Record<ConnectionState, string> = {
  //          start opened synced heard silent deaf closed refused retryDue stop
  idle: "connecting . . . . . . . . .",
  connecting: ". syncing . . . waiting waiting refused . idle",
  syncing: ". . live . . waiting waiting refused . idle",
  live: ". . . . lagging waiting waiting refused . idle",
  lagging: ". . . syncing . waiting waiting refused . idle",
  waiting: ". . . . . . . . connecting idle",
  refused: ". . . . . . . . connecting idle",
};

const cells = connectionStates.flatMap((state) =>
  table[state].split(" ").map((next, index): [ConnectionState, ConnectionEvent, string] => {
    const event = connectionEvents[index];
    if (event === undefined) throw new RangeError(`${state} has too many cells`);
    return [state, event, next === "." ? state : next];
  }),
);

describe("[LV1] the table of the connection", () => {
  it("has a cell for every state and event", () => {
    expect(cells).toHaveLength(connectionStates.length * connectionEvents.length);
  });

  it.each(cells)("%s on %s becomes %s", (state, event, next) => {
    expect(advance(state, event).next).toBe(next);
  });

  it("does nothing where it stays", () => {
    const idle = cells.filter(([state, , next]) => next === state);
    expect(idle.flatMap(([state, event]) => advance(state, event).effects)).toEqual([]);
  });
});

describe("[LV2] live", () => {
  it("is entered from syncing alone, by everything being answered", () => {
    const ways = cells.filter(([state, , next]) => next === "live" && state !== "live");
    expect(ways).toEqual([["syncing", "synced", "live"]]);
  });

  it("is preceded by asking for every topic, whether after connecting or after a silence", () => {
    expect(advance("connecting", "opened").effects).toEqual(["subscribeAll"]);
    expect(advance("lagging", "heard").effects).toEqual(["subscribeAll"]);
  });
});

it("[LV4] every way out of a connection closes its socket and plans the next attempt", () => {
  for (const state of ["connecting", "syncing", "live", "lagging"] as const) {
    expect(advance(state, "closed").effects).toEqual(["close", "retrySoon"]);
    expect(advance(state, "deaf").effects).toEqual(["close", "retrySoon"]);
    expect(advance(state, "refused").effects).toEqual(["close", "retryLate"]);
    expect(advance(state, "stop").effects).toEqual(["close"]);
  }
});
