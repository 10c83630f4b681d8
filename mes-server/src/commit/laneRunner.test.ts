import { encodePayload, datatypes } from "@only-mes/protocols/sparkplug/payload";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { definitionOf, nowMs, startLane, type LaneUnderTest } from "../../tests/lane-under-test.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import type { SampleFormat } from "../pipeline/sampleRows.ts";

let database: TestDatabase;
let lane: LaneUnderTest;
let lines = 0;

beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());
afterEach(() => lane.close());

const atMs = nowMs - 60_000;

async function query<Row extends object>(sql: string, values: unknown[] = []): Promise<Row[]> {
  return (await database.pool.query<Row>(sql, values)).rows;
}

function born(changes: Parameters<typeof startLane>[2] = {}) {
  lines += 1;
  const line = `line-${lines}`;
  lane = startLane(database.pool, line, changes);
  const signals = [
    definitionOf(line, "good", { role: "goodCount", counterBits: 32, maxRatePerSecond: 100 }),
    definitionOf(line, "large", { role: "goodCount", counterBits: 64 }),
    definitionOf(line, "state", { role: "machineState", states: { 1: "Execute", 2: "Held" } }),
    definitionOf(line, "temperature", { role: "analog" }),
    definitionOf(line, "product", { role: "text" }),
  ];
  return { line, signals };
}

const samplesOf = (line: string) =>
  query<{ id: string; value: number | null; text: string | null; quality: number }>(
    `SELECT s.id, p.value, p.text, p.quality::int FROM sample p JOIN signal s ON s.key = p.signal
      WHERE s.source = $1 ORDER BY p.ts, p.sequence, p.ordinal`,
    [`site/${line}`],
  );

const lettersOf = (line: string) =>
  query<{ reason: string; detail: string; repeats: number }>(
    "SELECT reason, detail, repeats FROM dead_letter WHERE source = $1 ORDER BY id",
    [`site/${line}`],
  );

/** Binary COPY is for real servers. */
const formats: SampleFormat[] =
  process.env["DATABASE_URL"] === undefined ? ["unnest"] : ["unnest", "copy"];

describe.each(formats)("a lane that writes by %s", (format) => {
  test("stores values of every kind as they came", async () => {
    const { line, signals } = born({ format });
    await lane.bear(signals);
    lane.offer({
      sequence: 1,
      samples: [
        { signal: "machine/temperature", atMs, value: -273.15 },
        { signal: "machine/product", atMs: atMs + 1, value: "Kölsch 0,2 🍺" },
        { signal: "machine/large", atMs: atMs + 2, value: (1n << 63n) + 7n },
        { signal: "machine/temperature", atMs: atMs + 3, value: null, quality: 0 },
        { signal: "machine/state", atMs: atMs + 4, value: 1 },
      ],
    });
    await lane.settled([1]);
    expect(await samplesOf(line)).toEqual([
      { id: `${line}.machine.temperature`, value: -273.15, text: null, quality: 192 },
      { id: `${line}.machine.product`, value: null, text: "Kölsch 0,2 🍺", quality: 192 },
      {
        id: `${line}.machine.large`,
        value: Number((1n << 63n) + 7n),
        text: "9223372036854775815",
        quality: 192,
      },
      { id: `${line}.machine.temperature`, value: null, text: null, quality: 0 },
      { id: `${line}.machine.state`, value: 1, text: null, quality: 192 },
    ]);
    expect(lane.results[0]?.latest.map(({ signal, value }) => [signal, value])).toEqual([
      [`${line}.machine.temperature`, null],
      [`${line}.machine.product`, "Kölsch 0,2 🍺"],
      [`${line}.machine.large`, "9223372036854775815"],
      [`${line}.machine.state`, 1],
    ]);
  });
});

describe("a lane", () => {
  test("keeps impossible values as dead letters, and the rest of their message", async () => {
    const { line, signals } = born();
    await lane.bear(signals);
    const day = 86_400_000;
    lane.offer({
      sequence: 1,
      samples: [
        { signal: "machine/temperature", atMs, value: 1 },
        { signal: "machine/temperature", atMs, value: Number.NaN },
        { signal: "machine/temperature", atMs: nowMs + 2 * day, value: 2 },
        { signal: "machine/temperature", atMs: 5, value: 3 },
        { signal: "machine/product", atMs, value: "x".repeat(9000) },
        { signal: "machine/state", atMs, value: 99 },
        { signal: "machine/product", atMs, value: "a\0b" },
      ],
    });
    lane.offerPayload(
      2,
      encodePayload({
        metrics: [
          { alias: 10, datatype: datatypes.Double, value: 1.5, timestampMs: atMs },
          { alias: 13, datatype: datatypes.String, value: "warm", timestampMs: atMs },
          { alias: 14, datatype: datatypes.Int32, value: 5, timestampMs: atMs },
        ],
      }),
    );
    lane.offerPayload(3, Uint8Array.of(0xff, 0xff, 0xff));
    await lane.settled([1, 2, 3]);
    const letters = await lettersOf(line);
    expect(letters.map(({ reason }) => reason).sort()).toEqual([
      "payload-undecodable",
      "source-time-out-of-range",
      "state-code-unknown",
      "text-too-long",
      "value-not-a-count",
      "value-not-a-number",
      "value-not-finite",
      "value-not-text",
    ]);
    expect(letters.find(({ reason }) => reason === "source-time-out-of-range")?.repeats).toBe(1);
    expect((await samplesOf(line)).map(({ value, text }) => value ?? text)).toEqual([
      1,
      99,
      "a\uFFFDb",
    ]);
    expect(
      await query("SELECT state FROM state_interval WHERE unit = $1", [`${line}.machine`]),
    ).toEqual([{ state: "Unknown" }]);
  });

  test("dead-letters the one message that the database refuses, and commits the others", async () => {
    const { line, signals } = born({ batchSamplesMax: 100, lingerMs: 50 });
    await lane.bear(signals);
    await query(
      `CREATE OR REPLACE FUNCTION refuse_666() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN IF NEW.value = 666 THEN RAISE EXCEPTION 'refused' USING ERRCODE = '22003'; END IF;
          RETURN NEW; END $$`,
    );
    await query(
      "CREATE TRIGGER refuse_666 BEFORE INSERT ON sample FOR EACH ROW EXECUTE FUNCTION refuse_666()",
    );
    const sequences = [1, 2, 3, 4, 5, 6, 7];
    for (const sequence of sequences) {
      const value = sequence === 5 ? 666 : sequence;
      lane.offer({
        sequence,
        samples: [{ signal: "machine/temperature", atMs: atMs + sequence, value }],
      });
    }
    await lane.settled(sequences);
    await query("DROP TRIGGER refuse_666 ON sample");
    expect((await samplesOf(line)).map(({ value }) => value)).toEqual([1, 2, 3, 4, 6, 7]);
    expect((await lettersOf(line)).map(({ reason }) => reason)).toEqual(["refused-by-database"]);
  });

  test("goes on after its thread has died", async () => {
    const { line, signals } = born();
    await lane.bear(signals);
    const good = (sequence: number, value: number) =>
      lane.offer({
        sequence,
        samples: [{ signal: "machine/good", atMs: atMs + sequence * 1000, value }],
      });
    good(1, 100);
    await lane.settled([1]);
    await lane.thread.die();
    good(2, 107);
    await lane.settled([2]);
    expect(
      await query("SELECT delta::int FROM count_event WHERE unit = $1", [`${line}.machine`]),
    ).toEqual([{ delta: 7 }]);
  });

  test("asks for a birth when metrics are unknown, and gives up on them after it", async () => {
    const { line, signals } = born();
    await lane.bear(signals.slice(0, 1));
    const payload = encodePayload({
      metrics: [
        { alias: 10, datatype: datatypes.UInt32, value: 1, timestampMs: atMs },
        { alias: 99, datatype: datatypes.UInt32, value: 1, timestampMs: atMs },
      ],
    });
    lane.offerPayload(1, payload);
    await vi.waitUntil(() => lane.unresolved.length === 1);
    expect(await samplesOf(line)).toEqual([]);
    await lane.bear(signals.slice(0, 1), true);
    lane.offerPayload(1, payload);
    await lane.settled([1]);
    expect(await samplesOf(line)).toHaveLength(1);
    expect((await lettersOf(line)).map(({ reason }) => reason)).toEqual(["metric-unknown"]);
  });

  test("takes turns with another host on the same line: each message counts once", async () => {
    const { line, signals } = born();
    const other = startLane(database.pool, line);
    await lane.bear(signals);
    await other.bear(signals);
    const sequences = Array.from({ length: 20 }, (_, index) => index + 1);
    for (const sequence of sequences) {
      const message = {
        sequence,
        samples: [{ signal: "machine/good", atMs: atMs + sequence * 1000, value: sequence * 10 }],
      };
      const [first, second] = sequence % 3 === 0 ? [other, lane] : [lane, other];
      first.offer(message);
      await first.settled([sequence]);
      if (sequence % 5 === 0) second.offer(message);
    }
    await other.close();
    const [row] = await query<{ total: string; samples: string; committed: string }>(
      `SELECT (SELECT sum(delta) FROM count_event WHERE unit = $1)::text AS total, samples::text,
              committed::text FROM delivery_cursor WHERE source = $2`,
      [`${line}.machine`, `site/${line}`],
    );
    expect(row).toEqual({ total: "190", samples: "20", committed: "{[1,21)}" });
    expect([lane.committed.size, other.committed.size]).toEqual([14, 6]);
  });
});
