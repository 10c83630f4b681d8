import { alarmName } from "../../alarms/alarmWords.ts";
import { readAlarmsOfLines } from "../../store/readAlarmsOfLines.ts";
import type { UnsState } from "./unsState.ts";

const listedMax = 50;

export const alarmState: UnsState = {
  name: "alarms",
  of: "line",
  what: "The alarms of a line that want somebody's eye: how many, how many of them nobody has acknowledged, and the oldest 50.",
  touchedBy: (kind) => kind.startsWith("alarm."),
  ownerOf: lineOf,
  async read(pool, { equipment }) {
    const rows = await readAlarmsOfLines(pool, equipment);
    return new Map(
      [...Map.groupBy(rows, ({ line }) => line)].map(([line, ofLine]) => {
        const alarms = ofLine.flatMap(({ id, name, level, priority, state, sinceMs }) => {
          if (id === null) return [];
          const since = new Date(sinceMs).toISOString();
          return [{ alarm: id, name: alarmName(name, level), priority, state, since }];
        });
        const unacknowledged = alarms.filter(({ state }) => state !== "acknowledged").length;
        return [line, { count: alarms.length, unacknowledged, alarms: alarms.slice(0, listedMax) }];
      }),
    );
  },
};

/** Of a unit or of the line itself. */
export function lineOf(equipment: string): string {
  return equipment.split(".")[0] ?? equipment;
}
