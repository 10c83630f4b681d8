import { shiftPatternDefinition } from "@only-mes/protocols/console/calendar";
import fc from "fast-check";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { giveCounts, givePlant } from "../../tests/lakeside.ts";
import { TestClock } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { localTime } from "../domain/calendar/days.ts";
import { insertShiftAssignment, insertShiftPattern } from "../store/insertCalendarFacts.ts";
import { readCalendar } from "../store/readCalendar.ts";
import { readLinePlaces } from "../store/readLinePlaces.ts";
import { readShiftInstances } from "../store/readShiftInstances.ts";
import { transaction } from "../store/transaction.ts";
import { keepShifts } from "./keepShifts.ts";
import { remake } from "./materialise.ts";

const nowMs = Date.parse("2026-11-23T08:00:00Z");
const dayMs = 86_400_000;
const defaultZone = "Europe/Berlin";
const line = "bottling-1";

let database: TestDatabase;
let clock: TestClock;

beforeAll(async () => {
  database = await openTestDatabase();
  await givePlant(database.pool);
});

afterAll(() => database.close());

beforeEach(async () => {
  clock = new TestClock(nowMs);
  await database.pool.query(
    `TRUNCATE shift_instance, shift_break, shift_horizon, shift_pattern, shift_assignment, dirty_hour, outbox,
              count_event, equipment, equipment_parent`,
  );
});

async function keepUp() {
  const keeper = keepShifts({
    pool: database.pool,
    clock,
    log: pino({ level: "silent" }),
    defaultZone,
  });
  await keeper.start();
  await keeper.close();
  return keeper.shifts;
}

async function stored(): Promise<unknown[]> {
  const { rows } = await database.pool.query(
    "SELECT *, xmin::text FROM shift_instance ORDER BY line_key, from_ts",
  );
  return rows;
}

async function idsBetween(from: string, to: string): Promise<string[]> {
  const range = { line, fromMs: Date.parse(from), toMs: Date.parse(to) };
  return (await readShiftInstances(database.pool, range)).map(({ id }) => id);
}

async function events(): Promise<string[]> {
  const { rows } = await database.pool.query<{ event: string }>(
    "SELECT kind || ' ' || equipment AS event FROM outbox ORDER BY id",
  );
  return rows.map(({ event }) => event);
}

describe("the keeper of shifts", () => {
  it("changes nothing where everything stands, however often it begins", async () => {
    await keepUp();
    const before = await stored();
    expect(before).toHaveLength(2 * 95 * 3);
    await keepUp();
    expect(await stored()).toEqual(before);
    expect(await events()).toEqual([]);
  });

  it("goes on day by day", async () => {
    await keepUp();
    clock.nowMs += 2 * dayMs;
    await keepUp();
    const ids = await idsBetween("2026-01-01T00:00:00Z", "2027-12-01T00:00:00Z");
    expect([ids[0], ids.at(-1)]).toEqual(["2026-10-19 early", "2027-01-23 night"]);
    expect(ids).toHaveLength(97 * 3);
  });

  it("reaches back to the first data, and has what was made in it derived again", async () => {
    await keepUp();
    const atMs = Date.parse("2026-09-01T10:00:00Z");
    const filler = { unit: `${line}.filler`, role: "goodCount", delta: 1, kind: "step" } as const;
    await giveCounts(database.pool, [{ ...filler, atMs }]);
    await keepUp();
    const ids = await idsBetween("2026-01-01T00:00:00Z", "2026-10-01T00:00:00Z");
    expect(ids[0]).toBe("2026-08-31 early");
    const { rows } = await database.pool.query<{ line: string; first: Date; hours: string }>(
      "SELECT line, min(hour) AS first, count(*) AS hours FROM dirty_hour GROUP BY line",
    );
    expect(rows).toMatchObject([{ line, first: new Date(atMs) }]);
    expect(Number(rows[0]?.hours)).toBe((Date.parse("2026-10-19T04:00:00Z") - atMs) / 3_600_000);
  });

  it("goes not beyond two years for a machine whose clock stood still", async () => {
    const filler = { unit: `${line}.filler`, role: "goodCount", delta: 1, kind: "step" } as const;
    await giveCounts(database.pool, [{ ...filler, atMs: 0 }]);
    await keepUp();
    expect((await idsBetween("1960-01-01T00:00:00Z", "2026-12-01T00:00:00Z"))[0]).toBe(
      "2026-10-19 early",
    );
  });

  it("lets what is to come follow new rules of a zone, keeps what was, and says so", async () => {
    await keepUp();
    // As if the rules of the zone had been others when all of this was materialised.
    await database.pool.query(
      `UPDATE shift_instance SET from_ts = from_ts - INTERVAL '300 days', to_ts = to_ts - INTERVAL '300 days'`,
    );
    await database.pool.query(
      `UPDATE shift_instance SET from_ts = from_ts + INTERVAL '299 days 23 hours',
                                 to_ts = to_ts + INTERVAL '299 days 23 hours'`,
    );
    const shifts = await keepUp();
    const range = { line, fromMs: nowMs - dayMs, toMs: nowMs + dayMs };
    const around = await readShiftInstances(database.pool, range);
    expect(around.map(({ id, startMs, endMs }) => [id, iso(startMs), iso(endMs)])).toEqual([
      ["2026-11-22 early", "22T04:00", "22T12:00"],
      ["2026-11-22 late", "22T12:00", "22T20:00"],
      ["2026-11-22 night", "22T20:00", "23T04:00"],
      ["2026-11-23 early", "23T04:00", "23T12:00"],
      ["2026-11-23 late", "23T13:00", "23T21:00"],
      ["2026-11-23 night", "23T21:00", "24T05:00"],
      ["2026-11-24 early", "24T05:00", "24T13:00"],
    ]);
    expect(shifts.shiftAt(line, nowMs).id).toBe("2026-11-23 early");
    expect(await events()).toEqual([`shifts.followed ${line}`, "shifts.followed stamping-1"]);
    await keepUp();
    expect(await events()).toHaveLength(2);
  });

  it("rebuilds the past too when a command says so", async () => {
    await keepUp();
    const before = await idsBetween("2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z");
    await database.pool.query("DELETE FROM shift_instance WHERE to_ts < '2026-11-15'");
    await transaction(database.pool, async (tx) => {
      const [place] = await readLinePlaces(tx, { defaultZone, lines: [line] });
      if (place === undefined) throw new Error("no line");
      const calendar = await readCalendar(tx);
      const ground = { calendar, place, nowMs, instantOf: localTime() };
      const change = await remake(tx, ground, { from: -1e6, to: 1e6 });
      expect(change.past.length).toBe(change.added.length);
    });
    expect(await idsBetween("2026-11-01T00:00:00Z", "2026-11-20T00:00:00Z")).toEqual(before);
  });

  it("goes by the zone of the site where the plant model has one", async () => {
    await database.pool.query(
      `INSERT INTO equipment (id, level, name, zone, source)
       VALUES ('northwind/lakeside', 'site', 'Lakeside', 'Asia/Kathmandu', 'model')`,
    );
    await keepUp();
    const [shift] = await readShiftInstances(database.pool, {
      line,
      fromMs: nowMs,
      toMs: nowMs + 1,
    });
    expect(shift).toMatchObject({
      id: "2026-11-23 early",
      startMs: Date.parse("2026-11-23T00:15:00Z"),
    });
  });

  it("knows a line that never works, and when one between shifts works again", async () => {
    const never = shiftPatternDefinition.parse({
      name: "never",
      shifts: [
        {
          name: "day",
          start: "08:00",
          end: "16:00",
          weekdays: [6],
          breaks: [{ at: "12:00", minutes: 30 }],
        },
      ],
    });
    await transaction(database.pool, async (tx) => {
      const said = { commandId: "command-1", occurredAtMs: nowMs };
      await insertShiftPattern(tx, said, { id: "saturday", from: "2020-01-01", definition: never });
      await insertShiftAssignment(tx, said, {
        equipment: line,
        from: "2020-01-01",
        pattern: "saturday",
      });
    });
    const shifts = await keepUp();
    expect(shifts.shiftAt(line, nowMs)).toMatchObject({
      startMs: Date.parse("2026-11-21T15:00:00Z"),
      endMs: Date.parse("2026-11-28T07:00:00Z"),
      isUnscheduled: true,
    });
    expect(shifts.shiftAt(line, Date.parse("2026-11-28T08:00:00Z"))).toMatchObject({
      id: "2026-11-28 day",
      breaks: [{ fromMs: Date.parse("2026-11-28T11:00:00Z") }],
    });
    expect(shifts.shiftAt("stamping-1", nowMs).id).toBe("2026-11-23 early");
    expect(shifts.shiftAt("not-seen-yet", nowMs).id).toBe("2026-11-23 early");
  });
});

describe("what people have set", () => {
  const shiftsFor = (hours: number) => [{ name: "day", start: "06:00", end: `${6 + hours}:00` }];

  it("ends alike in whatever order it came", async () => {
    const patterns = [4, 5, 6, 7].map((hours, index) => ({
      commandId: `command-${index}`,
      occurredAtMs: nowMs + (index % 3) * 1_000,
      from: `2026-11-${10 + ((index * 7) % 20)}`,
      definition: shiftPatternDefinition.parse({ name: `${hours}`, shifts: shiftsFor(hours) }),
    }));
    const results = new Set<string>();
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray(patterns, { minLength: 4 }), async (said) => {
        await database.pool.query(
          "TRUNCATE shift_instance, shift_break, shift_horizon, shift_pattern, shift_assignment",
        );
        await transaction(database.pool, async (tx) => {
          const assigned = { equipment: line, from: "2026-01-01", pattern: "p" };
          await insertShiftAssignment(tx, { commandId: "a", occurredAtMs: 0 }, assigned);
          for (const { from, definition, ...by } of said) {
            await insertShiftPattern(tx, by, { id: "p", from, definition });
          }
        });
        await keepUp();
        const range = { line, fromMs: nowMs - 40 * dayMs, toMs: nowMs + 70 * dayMs };
        results.add(JSON.stringify(await readShiftInstances(database.pool, range)));
      }),
      { numRuns: 6 },
    );
    expect(results.size).toBe(1);
  });
});

function iso(ms: number): string {
  return new Date(ms).toISOString().slice(8, 16);
}
