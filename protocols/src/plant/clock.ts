/**
 * Plant time. In a real plant it is the wall clock; in a simulation it runs `speed` times as fast,
 * and every process of that plant is given the same three numbers, so that all of them agree.
 *
 * All instants are milliseconds since 1970-01-01T00:00Z.
 */
export interface PlantClock {
  /** Now, in plant time. Whole milliseconds. */
  now(): number;
  /** How long a span of plant time lasts for the timers of this machine. */
  realDelayMs(plantMs: number): number;
  readonly speed: number;
}

/** Plant time was `plantOriginMs` when the wall clock showed `realOriginMs`. */
export interface ClockSetting {
  realOriginMs: number;
  plantOriginMs: number;
  speed: number;
}

export const wallClockSetting: ClockSetting = { realOriginMs: 0, plantOriginMs: 0, speed: 1 };

export function plantClock(
  setting: ClockSetting = wallClockSetting,
  realNow: () => number = Date.now,
): PlantClock {
  const { realOriginMs, plantOriginMs, speed } = setting;
  return {
    speed,
    now: () => Math.round(plantOriginMs + (realNow() - realOriginMs) * speed),
    realDelayMs: (plantMs) => plantMs / speed,
  };
}

/** The form in which a clock is handed to another process: `realOriginMs,plantOriginMs,speed`. */
export function formatClockSetting(setting: ClockSetting): string {
  return `${setting.realOriginMs},${setting.plantOriginMs},${setting.speed}`;
}

/** @throws {RangeError} naming the text, if it is not three numbers with a speed above 0. */
export function parseClockSetting(text: string): ClockSetting {
  const parts = text.split(",").map(Number);
  const [realOriginMs, plantOriginMs, speed] = parts;
  if (
    parts.length !== 3 ||
    realOriginMs === undefined ||
    plantOriginMs === undefined ||
    speed === undefined ||
    !parts.every(Number.isFinite) ||
    speed <= 0
  ) {
    throw new RangeError(
      `clock "${text}" is not "<realOriginMs>,<plantOriginMs>,<speed>" with a speed above 0, such as "0,0,1"`,
    );
  }
  return { realOriginMs, plantOriginMs, speed };
}
