import type { AlarmLevel } from "@only-mes/protocols/console/alarms";
import type { LineEvent } from "@only-mes/protocols/console/live";

const wordOfLevel: Record<AlarmLevel, string> = {
  hihi: "very high",
  hi: "high",
  lo: "low",
  lolo: "very low",
};

/** `Temperature high`: what is wrong, as a person says it. */
export function alarmName(name: string, level: AlarmLevel | null): string {
  return level === null ? name : `${name} ${wordOfLevel[level]}`;
}

interface Shown {
  alarm: string;
  unit: string;
  unitName: string;
  name: string;
}

/** Events have ids that follow from what they tell: the same event is never shown twice. */
export function eventOfRaise({ alarm, unit, unitName, name }: Shown, atMs: number): LineEvent {
  return { id: `alarm:${alarm}:${atMs}`, kind: "alarm", unit, atMs, text: `${unitName}: ${name}` };
}

export function eventOfClear({ alarm, unit, unitName, name }: Shown, atMs: number): LineEvent {
  const text = `${unitName}: ${name} is over`;
  return { id: `alarmCleared:${alarm}:${atMs}`, kind: "alarm", unit, atMs, text };
}

export function eventOfFlood(line: string, atMs: number): LineEvent {
  const text = "More than 10 alarms within 10 minutes: an alarm flood";
  return { id: `alarmFlood:${line}:${atMs}`, kind: "alarm", unit: line, atMs, text };
}
