import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  definitionOf,
  startLane,
  type LaneUnderTest,
  type TestMessage,
} from "../../tests/lane-under-test.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { markDirtyHours } from "../store/markDirtyHours.ts";
import { RecalculationOvertaken } from "../store/takeRecalculation.ts";
import { transaction } from "../store/transaction.ts";
import { recalculateLine } from "./recalculateLine.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const startMs = Date.parse("2026-11-23T00:00:00Z");
const hours = 7;
const endMs = startMs + hours * hourMs;
const states = { 1: "Execute", 2: "Held", 3: "Stopped" } as const;

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

/** Minutes between one sample and the next; a total and a state code in each. */
const history = fc
  .array(
    fc.record({
      passMinutes: fc.constantFrom(1, 2, 3, 4, 7, 20, 61),
      pieces: fc.integer({ min: 0, max: 50 }),
      state: fc.constantFrom(1, 1, 2, 3),
    }),
    { minLength: 15, maxLength: 40 },
  )
  .map((steps) => {
    let atMs = startMs + 13 * minuteMs;
    let total = 0;
    const messages: TestMessage[] = [];
    for (const { passMinutes, pieces, state } of steps) {
      atMs += passMinutes * minuteMs;
      total += pieces;
      if (atMs >= endMs) break;
      messages.push({
        sequence: messages.length + 1,
        samples: [
          { signal: "machine/good", atMs, value: total },
          { signal: "machine/state", atMs, value: state },
        ],
      });
    }
    return messages;
  });

/** What people say meanwhile: planned downtime, reasons of stops, stops that are one. */
const edits = fc.array(
  fc.record({
    kind: fc.constantFrom("downtime", "reason", "merge", "split"),
    from: fc.integer({ min: 0, max: hours * 60 - 1 }),
    length: fc.integer({ min: 1, max: 90 }),
  }),
  { maxLength: 6 },
);

const reasons = ["technical", "jam", "starved", "cleaning"];

interface Edit {
  kind: "downtime" | "reason" | "merge" | "split";
  from: number;
  length: number;
}

/** Order in which messages and edits come; `doubled` come once more; between them, windows are derived. */
const arrival = fc.record({
  shuffle: fc.array(fc.nat(), { minLength: 45, maxLength: 45 }),
  doubled: fc.array(fc.nat(40), { maxLength: 5 }),
  deriveAfter: fc.array(fc.nat(45), { maxLength: 4 }),
  hoursMax: fc.constantFrom(1, 2, 6),
});

async function bearLine(line: string): Promise<LaneUnderTest> {
  const lane = startLane(database.pool, line);
  await lane.bear([
    definitionOf(line, "good", { role: "goodCount", counterBits: 32, maxRatePerSecond: 100 }),
    definitionOf(line, "state", { role: "machineState", states }),
  ]);
  await database.pool.query(
    `INSERT INTO shift_instance (line_key, from_ts, to_ts, business_date, name, crew)
     SELECT key, $2, $3, '2026-11-23', 'early', 'A' FROM line WHERE id = $1`,
    [line, new Date(startMs + 30 * minuteMs), new Date(startMs + 330 * minuteMs)],
  );
  return lane;
}

async function planDowntime(line: string, from: number, length: number): Promise<void> {
  const fromMs = startMs + from * minuteMs;
  const toMs = fromMs + length * minuteMs;
  await transaction(database.pool, async (tx) => {
    await tx.query(
      `INSERT INTO planned_downtime (id, equipment, kind, from_ts, to_ts, note)
       VALUES ($1, $2, 'cleaning', $3, $4, '') ON CONFLICT DO NOTHING`,
      [`${line} ${from} ${length}`, line, new Date(fromMs), new Date(toMs)],
    );
    await markDirtyHours(tx, [{ line, fromMs, toMs }]);
  });
}

async function edit(line: string, { kind, from, length }: Edit): Promise<void> {
  if (kind === "downtime") return planDowntime(line, from, length);
  const fromMs = startMs + from * minuteMs;
  const toMs = kind === "split" ? fromMs : fromMs + length * minuteMs;
  await transaction(database.pool, async (tx) => {
    await tx.query(
      `INSERT INTO stop_edit (id, equipment, kind, from_ts, to_ts, reason, note, actor, occurred_at, known_at)
       VALUES ($1, $2, $3, $4, $5, $6, '', 'x', $5, $5) ON CONFLICT DO NOTHING`,
      [
        `${line} ${kind} ${from} ${length}`,
        `${line}.machine`,
        kind,
        new Date(fromMs),
        new Date(toMs),
        kind === "reason" ? reasons[length % reasons.length] : null,
      ],
    );
    await markDirtyHours(tx, [{ line, fromMs, toMs }]);
  });
}

async function derive(line: string, toMs: number, hoursMax = 6): Promise<void> {
  const question = { line, closedToMs: toMs, nowMs: toMs, hoursMax };
  while ((await recalculateLine(database.pool, question)) !== undefined);
}

/** All that is derived of a line, under the name of another one. */
async function derivedRows(line: string): Promise<{ rows: unknown[]; hash: string }> {
  const { rows } = await database.pool.query(
    `SELECT replace(to_jsonb(w)::text, $1, 'line') AS row FROM kpi_window w
      WHERE line = $1 ORDER BY equipment, from_ts`,
    [line],
  );
  const hoursOf = await database.pool.query(
    `SELECT replace(to_jsonb(h)::text, $1, 'line') AS row FROM kpi_hour h WHERE line = $1 ORDER BY hour`,
    [line],
  );
  const all = [...rows, ...hoursOf.rows];
  return { rows: all, hash: createHash("sha256").update(JSON.stringify(all)).digest("hex") };
}

function sequencesOf(messages: readonly TestMessage[]): number[] {
  return messages.map(({ sequence }) => sequence);
}

describe("windows", () => {
  let runs = 0;

  test(
    "are the same however samples and edits come: shuffled, doubled, late, derived in between",
    { timeout: 300_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(history, edits, arrival, async (messages, said, how) => {
          runs += 1;
          const [inOrder, anyhow] = [`order-${runs}`, `anyhow-${runs}`];
          const first = await bearLine(inOrder);
          for (const message of messages) first.offer(message);
          await first.settled(sequencesOf(messages));
          await first.close();
          for (const of of said) await edit(inOrder, of);
          await derive(inOrder, endMs);

          const second = await bearLine(anyhow);
          const offer = async (index: number): Promise<void> => {
            const message = messages[index];
            if (message === undefined) return;
            second.offer(message);
            await second.settled([message.sequence]);
          };
          const parts = [
            ...messages.map((_message, index) => () => offer(index)),
            ...said.map((of) => () => edit(anyhow, of)),
          ]
            .map((run, index) => ({ run, place: how.shuffle[index] ?? 0 }))
            .sort((a, b) => a.place - b.place);
          let closedHours = 0;
          for (const [index, { run }] of parts.entries()) {
            await run();
            if (!how.deriveAfter.includes(index)) continue;
            closedHours = Math.min(hours, closedHours + 2);
            await derive(anyhow, startMs + closedHours * hourMs, how.hoursMax);
          }
          for (const index of how.doubled) await offer(index);
          await second.close();
          await derive(anyhow, endMs, how.hoursMax);

          const [expected, found] = [await derivedRows(inOrder), await derivedRows(anyhow)];
          expect(found.rows).toEqual(expected.rows);
          expect(found.hash).toBe(expected.hash);
        }),
        {
          seed: Number(process.env["SEED"] ?? 1),
          numRuns: Number(process.env["RUNS"] ?? 5),
          endOnFailure: true,
        },
      );
    },
  );
});

/** A machine that runs from the start on and makes 10 pieces at each of these minutes. */
async function givenLine(line: string, minutes: readonly number[], held?: [number, number]) {
  const lane = await bearLine(line);
  const at = [...new Set([...minutes, ...(held ?? [])])].sort((a, b) => a - b);
  let total = 0;
  const messages = at.map((minute, index) => {
    total += minutes.includes(minute) && index > 0 ? 10 : 0;
    const isHeld = held !== undefined && held[0] <= minute && minute < held[1];
    return {
      sequence: index + 1,
      samples: [
        { signal: "machine/good", atMs: startMs + minute * minuteMs, value: total },
        { signal: "machine/state", atMs: startMs + minute * minuteMs, value: isHeld ? 2 : 1 },
      ],
    };
  });
  for (const message of messages) lane.offer(message);
  await lane.settled(sequencesOf(messages));
  await lane.close();
}

async function sums(line: string, table = "kpi_window") {
  const { rows } = await database.pool.query(
    `SELECT sum(good_pieces)::int AS good, sum(apt_ms)::float8 AS apt,
            sum(microstops)::int AS microstops, sum(stops)::int AS stops
       FROM ${table} WHERE equipment = $1`,
    [line],
  );
  return rows[0];
}

async function addPieces(line: string, minute: number, pieces: number): Promise<void> {
  const atMs = startMs + minute * minuteMs;
  await transaction(database.pool, async (tx) => {
    await tx.query(
      `INSERT INTO count_event (signal, unit, role, ts, epoch, sequence, ordinal, delta, kind)
       VALUES (0, $1, 'goodCount', $2, 1, 1000, 0, $3, 'step')`,
      [`${line}.machine`, new Date(atMs), pieces],
    );
    await markDirtyHours(tx, [{ line, fromMs: atMs, toMs: atMs }]);
  });
}

async function lockUntil(line: string, hour: number): Promise<void> {
  await database.pool.query(
    `INSERT INTO period_lock (equipment, until_ts, actor, closed_at) VALUES ($1, $2, 'x', now())`,
    [line, new Date(startMs + hour * hourMs)],
  );
}

describe("recalculation", () => {
  test("begins earlier when older facts come, without a gap", async () => {
    await givenLine("earlier", [300, 310]);
    await derive("earlier", endMs);
    await addPieces("earlier", 65, 7);
    await derive("earlier", endMs);
    const { rows } = await database.pool.query(
      "SELECT hour FROM kpi_hour WHERE line = 'earlier' ORDER BY hour",
    );
    expect(rows.map(({ hour }) => (hour.getTime() - startMs) / hourMs)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(await sums("earlier")).toMatchObject({ good: 17 });
  });

  test("forgets marks of hours before any fact", async () => {
    await givenLine("pointless", [300, 310]);
    await derive("pointless", endMs);
    await planDowntime("pointless", 10, 20);
    await derive("pointless", endMs);
    const { rows } = await database.pool.query(
      "SELECT FROM dirty_hour WHERE line = 'pointless' AND hour < $1",
      [new Date(endMs)],
    );
    expect(rows).toHaveLength(0);
  });

  test("of a stop over the hour's edge changes the hour in which it began", async () => {
    await givenLine("edge", [60, 118], [118, 122]);
    await derive("edge", startMs + 2 * hourMs);
    await derive("edge", endMs);
    expect(await sums("edge")).toMatchObject({ microstops: 1, stops: 0 });
  });

  test("tells that published figures have changed, and nothing else", async () => {
    const events = async () => {
      const { rows } = await database.pool.query(
        "SELECT data FROM outbox WHERE kind = 'kpi.recalculated' AND equipment = 'told'",
      );
      return rows.map(({ data }) => data);
    };
    await givenLine("told", [60, 70]);
    await derive("told", endMs);
    await transaction(database.pool, (tx) =>
      markDirtyHours(tx, [
        { line: "told", fromMs: startMs + 2 * hourMs, toMs: startMs + 3 * hourMs },
      ]),
    );
    await derive("told", endMs);
    expect(await events()).toEqual([]);
    await addPieces("told", 200, 4);
    await derive("told", endMs);
    expect(await events()).toEqual([
      {
        from: "2026-11-23T03:00:00.000Z",
        to: "2026-11-23T04:00:00.000Z",
        hours: 1,
        revision: 2,
        adjusted: false,
      },
    ]);
  });

  test("by two hosts at once does no harm", async () => {
    await givenLine("shared", [60, 70, 130, 190, 250]);
    const host = async (): Promise<void> => {
      for (;;) {
        try {
          await derive("shared", endMs, 1);
          return;
        } catch (error) {
          if (!(error instanceof RecalculationOvertaken)) throw error;
        }
      }
    };
    await Promise.all([host(), host()]);
    await givenLine("alone", [60, 70, 130, 190, 250]);
    await derive("alone", endMs);
    expect((await derivedRows("shared")).hash).toBe((await derivedRows("alone")).hash);
  });

  test("keeps the windows of a closed period, and shows what would be different", async () => {
    await givenLine("closed", [60, 70, 130]);
    await derive("closed", endMs);
    await lockUntil("closed", 4);
    const before = await sums("closed");
    await addPieces("closed", 100, 5);
    await derive("closed", endMs);
    await addPieces("closed", 110, 2);
    await derive("closed", endMs);
    expect(await sums("closed")).toEqual(before);
    expect(await sums("closed", "kpi_adjustment")).toMatchObject({ good: 7, apt: 0 });
    await addPieces("closed", 250, 3);
    await derive("closed", endMs);
    expect(await sums("closed")).toMatchObject({ good: before.good + 3 });
  });

  test("of a period that is open again takes its adjustments back", async () => {
    await givenLine("reopened", [60, 70, 130]);
    await derive("reopened", endMs);
    await lockUntil("reopened", 4);
    await addPieces("reopened", 100, 5);
    await derive("reopened", endMs);
    await database.pool.query("DELETE FROM period_lock WHERE equipment = 'reopened'");
    await transaction(database.pool, (tx) =>
      markDirtyHours(tx, [{ line: "reopened", fromMs: startMs, toMs: startMs + 4 * hourMs }]),
    );
    await derive("reopened", endMs);
    expect(await sums("reopened")).toMatchObject({ good: 25 });
    expect(await sums("reopened", "kpi_adjustment")).toMatchObject({ good: 0 });
  });
});
