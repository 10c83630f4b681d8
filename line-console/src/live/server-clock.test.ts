import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ServerClock } from "./server-clock.ts";
import { noServerClock, serverTimeAt, speedOf, withExchange, withHeard } from "./server-clock.ts";

/** An exchange with a server whose clock is `offset` ahead; the way there and back may differ. */
function exchange(clock: ServerClock, at: number, there: number, back: number, offset: number) {
  const receivedLocalMs = at + there + back;
  return withExchange(clock, { sentLocalMs: at, receivedLocalMs, serverMs: at + there + offset });
}

describe("[LV11] the server's clock", () => {
  it("is taken from the shortest round trip", () => {
    let clock = exchange(noServerClock, 0, 400, 20, 1_000_000);
    clock = exchange(clock, 500, 5, 5, 1_000_000);
    clock = exchange(clock, 1_000, 20, 700, 1_000_000);
    expect(serverTimeAt(clock, 5_000)).toBe(1_005_000);
  });

  it("is right to within half of the shortest round trip", () => {
    const trip = fc.integer({ min: 0, max: 2_000 });
    fc.assert(
      fc.property(fc.array(fc.tuple(trip, trip), { minLength: 1, maxLength: 20 }), (trips) => {
        let clock = noServerClock;
        for (const [index, [there, back]] of trips.entries()) {
          clock = exchange(clock, index * 15_000, there, back, 77_000);
        }
        const best = Math.min(...trips.map(([there, back]) => there + back));
        const nowMs = trips.length * 15_000;
        const error = serverTimeAt(clock, nowMs) - (nowMs + 77_000);
        expect(Math.abs(error)).toBeLessThanOrEqual(best / 2 + 1);
      }),
    );
  });

  it("measures how fast a simulated plant goes", () => {
    let clock = noServerClock;
    for (let at = 0; at < 5_000; at += 500) {
      const serverMs = 9_000_000 + (at + 5) * 60;
      clock = withExchange(clock, { sentLocalMs: at, receivedLocalMs: at + 10, serverMs });
    }
    expect(speedOf(clock)).toBeCloseTo(60, 6);
    expect(serverTimeAt(clock, 10_005)).toBeCloseTo(9_000_000 + 10_005 * 60, -1);
  });

  it("takes the noise of a network for no speed", () => {
    let clock = exchange(noServerClock, 0, 10, 30, 0);
    clock = exchange(clock, 2_000, 30, 10, 0);
    expect(speedOf(clock)).toBe(1);
  });

  it("never runs behind what the server has said", () => {
    const clock = withHeard(exchange(noServerClock, 0, 0, 900, 0), 5_000);
    expect(serverTimeAt(clock, 1_000)).toBe(5_000);
    expect(withHeard(clock, 4_000)).toBe(clock);
  });
});
