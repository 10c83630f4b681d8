import { fraction, randomFor, wholeIn } from "@only-mes/simulators/clock/random";

/** What befalls messages on their way: some come twice, some late, and each night none for a while. */
export interface Weather {
  /** When a message that is made at `madeAtMs` is sent, plant time, and how often. */
  fate(madeAtMs: number): { sendAtMs: number; copies: number; isHistorical: boolean };
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const lateShare = 0.03;
const swappedShare = 0.2;
const doubledShare = 0.1;

/** UTC: the network is down in the middle of a shift. */
const outage = { fromMs: 10 * hourMs, toMs: 11.5 * hourMs } as const;

export const clearSky: Weather = {
  fate: (madeAtMs) => ({ sendAtMs: madeAtMs, copies: 1, isHistorical: false }),
};

export function roughWeather(seed: number): Weather {
  const random = randomFor(seed, "weather");
  return {
    fate(madeAtMs) {
      const draw = fraction(random);
      const copies = fraction(random) < doubledShare ? 2 : 1;
      let delayMs = 0;
      if (draw < lateShare) delayMs = wholeIn(random, [minuteMs, dayMs]);
      else if (draw < lateShare + swappedShare)
        delayMs = wholeIn(random, [minuteMs, 20 * minuteMs]);
      const ofDayMs = madeAtMs % dayMs;
      if (ofDayMs >= outage.fromMs && ofDayMs < outage.toMs) {
        delayMs += outage.toMs - ofDayMs;
      }
      return { sendAtMs: madeAtMs + delayMs, copies, isHistorical: delayMs > 0 };
    },
  };
}
