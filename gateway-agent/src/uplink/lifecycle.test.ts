import { describe, expect, test } from "vitest";
import {
  advance,
  uplinkEvents,
  uplinkStates,
  type UplinkEvent,
  type UplinkState,
} from "./lifecycle.ts";

/** The cells that do anything; every other one leaves all as it is. */
const cells: Partial<Record<`${UplinkState} ${UplinkEvent}`, string>> = {
  "idle start": "connecting: connect",
  "idle stop": "ended: report",
  "connecting subscribed": "waiting:",
  "connecting hostOnline": "online: birth",
  "connecting disconnected": "pausing: pause",
  "connecting stop": "ending: disconnect",
  "waiting hostOnline": "online: birth",
  "waiting disconnected": "pausing: pause",
  "waiting stop": "ending: disconnect",
  "online hostOffline": "leaving: hold leave",
  "online rebirthAsked": "online: hold rebirth",
  "online disconnected": "pausing: hold pause",
  "online stop": "ending: hold leave",
  "leaving disconnected": "pausing: pause",
  "leaving stop": "ending:",
  "pausing pauseOver": "connecting: connect",
  "pausing stop": "ended: forgetPause report",
  "ending disconnected": "ended: report",
};

describe("the life of the uplink, every state with every event", () => {
  for (const state of uplinkStates) {
    for (const event of uplinkEvents) {
      const expected = cells[`${state} ${event}`] ?? `${state}:`;
      test(`${state} + ${event} -> ${expected}`, () => {
        const { next, effects } = advance(state, event);
        expect(`${next}: ${effects.join(" ")}`.trim()).toBe(expected);
      });
    }
  }
});

test("whatever happens, stop ends it", () => {
  for (const state of uplinkStates) {
    const stopped = advance(state, "stop").next;
    expect(["ending", "ended"]).toContain(stopped);
    expect(advance(stopped, "disconnected").next).toBe("ended");
  }
});
