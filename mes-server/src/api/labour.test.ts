import { labourInterval, labourRule, labourSum } from "@only-mes/protocols/console/labour";
import { listOf } from "@only-mes/protocols/console/http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import { givePlant } from "../../tests/lakeside.ts";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";

const clock = new TestClock(Date.parse("2026-11-23T16:00:00Z"));
let database: TestDatabase;
let edge: RunningEdge;
let commands = 0;
const at = (time: string) => `2026-11-23T${time}:00.000Z`;

beforeAll(async () => {
  database = await openTestDatabase();
  const { pool } = database;
  await givePlant(pool);
  await pool.query(
    `INSERT INTO shift_instance (line_key, business_date, name, from_ts, to_ts)
     SELECT l.key, '2026-11-23', s.name, s.from_ts::timestamptz, s.to_ts::timestamptz
       FROM line l,
            (VALUES ('early', '2026-11-23T05:00Z', '2026-11-23T13:00Z'),
                    ('late', '2026-11-23T13:00Z', '2026-11-23T21:00Z')) AS s(name, from_ts, to_ts)`,
  );
  await pool.query("INSERT INTO product (id, name, unit) VALUES ('cola', 'Cola', 'bottle')");
  await pool.query(
    "INSERT INTO production_order (id, product, quantity) VALUES ('4711', 'cola', 9)",
  );
  await pool.query(
    `INSERT INTO job (id, production_order, operation, line, quantity, state)
     VALUES ('4711.1', '4711', 1, 'bottling-1', 9, 'Completed')`,
  );
  await pool.query(
    `WITH slot AS (INSERT INTO capacity_slot (line, slot) VALUES ('bottling-1', 1)
                   ON CONFLICT (line, slot) DO UPDATE SET slot = 1 RETURNING key)
     INSERT INTO job_interval (slot_key, job, phase, from_ts, to_ts)
     SELECT key, '4711.1', 'production', '2026-11-23T10:15Z', '2026-11-23T13:00Z' FROM slot`,
  );
  edge = await startEdge({ pool, clock });
});

afterAll(async () => {
  await edge.close();
  await database.close();
});

async function ask(method: string, path: string, body?: object) {
  const commandId = `labour-command-${(commands += 1)}`;
  const response = await fetch(`${edge.url}/api/v1${path}`, {
    method,
    ...(body && {
      body: JSON.stringify({ commandId, actor: "badge:7", ...body }),
      headers: { "content-type": "application/json" },
    }),
  });
  return { status: response.status, text: await response.text() };
}

async function read<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const { status, text } = await ask("GET", path);
  expect({ path, status, text: status === 200 ? "" : text }).toMatchObject({ status: 200 });
  return schema.parse(JSON.parse(text));
}

async function done(path: string, body: object, method = "POST"): Promise<{ fact: string }> {
  const { status, text } = await ask(method, path, body);
  expect({ path, status, text: status === 200 ? "" : text }).toEqual({
    path,
    status: 200,
    text: "",
  });
  return JSON.parse(text) as { fact: string };
}

const range = `from=${at("00:00")}&to=${at("16:00")}`;
const signOn = (person: string, equipment: string, time: string) =>
  done("/labour/sign-on", { person, equipment, occurredAt: at(time) });
const intervalsOf = async (person: string) =>
  (await read(`/labour/intervals?${range}&person=${person}`, listOf(labourInterval))).items.map(
    ({ equipment, from, to, endedBy }) => [
      equipment,
      from.slice(11, 16),
      to?.slice(11, 16),
      endedBy,
    ],
  );

describe("labour", () => {
  it("is one place at a time, ends with sign-off, and with the shift if that is forgotten", async () => {
    await signOn("badge:1", "stamping-1.press-a", "07:00");
    await signOn("badge:1", "bottling-1", "06:00");
    await done("/labour/sign-off", { person: "badge:1", occurredAt: at("09:00") });
    await signOn("badge:2", "bottling-1.filler", "06:00");
    await signOn("badge:3", "bottling-1", "12:45");
    expect(await intervalsOf("badge:1")).toEqual([
      ["bottling-1", "06:00", "07:00", "signOn"],
      ["stamping-1.press-a", "07:00", "09:00", "signOff"],
    ]);
    expect(await intervalsOf("badge:2")).toEqual([
      ["bottling-1.filler", "06:00", "13:30", "shiftEnd"],
    ]);
    expect(await intervalsOf("badge:3")).toEqual([["bottling-1", "12:45", undefined, null]]);
  });

  it("adds up by line, by shift and by job", async () => {
    const sums = async (by: string) =>
      (await read(`/labour/minutes?${range}&line=bottling-1&by=${by}`, listOf(labourSum))).items;
    expect(await sums("line")).toEqual([
      { key: "bottling-1", persons: 3, minutes: 705, jobMinutes: 180, workerEfficiency: 180 / 705 },
    ]);
    expect((await sums("shift")).map(({ key, minutes }) => [key, minutes])).toEqual([
      ["2026-11-23 early", 60 + 420 + 15],
      ["2026-11-23 late", 30 + 180],
    ]);
    expect(await sums("job")).toMatchObject([
      { key: null, minutes: 525, jobMinutes: 0 },
      { key: "4711.1", minutes: 180, jobMinutes: 180 },
    ]);
    const csv = (await ask("GET", `/labour/minutes?${range}&line=bottling-1&by=shift&format=csv`))
      .text;
    expect(csv).toBe(
      "key,persons,minutes,job_minutes,worker_efficiency\r\n2026-11-23 early,3,495,180,0.36363636363636365\r\n2026-11-23 late,2,210,0,0\r\n",
    );
  });

  it("is several places at a time where the lines say so", async () => {
    const rule = { severalPlaces: true, toleranceMinutes: 0, occurredAt: at("00:00") };
    for (const line of ["bottling-1", "stamping-1"])
      await done(`/labour/rules/${line}`, rule, "PUT");
    await signOn("badge:4", "bottling-1", "14:00");
    const wrong = await signOn("badge:4", "stamping-1", "14:30");
    expect((await intervalsOf("badge:4")).map(([place]) => place)).toEqual([
      "bottling-1",
      "stamping-1",
    ]);
    await done(`/labour/facts/${wrong.fact}/withdraw`, {});
    expect((await intervalsOf("badge:4")).map(([place]) => place)).toEqual(["bottling-1"]);
    expect((await read("/labour/rules", listOf(labourRule))).items).toMatchObject([
      { line: "bottling-1", severalPlaces: true, toleranceMinutes: 0 },
      { line: "stamping-1" },
    ]);
  });

  it("takes references of persons only, and places that are there", async () => {
    const failure = async (path: string, body: object) => {
      const { status, text } = await ask("POST", path, body);
      const { error } = JSON.parse(text) as { error: { code: string; field?: string } };
      return [status, error.code, error.field];
    };
    const equipment = "bottling-1";
    expect(await failure("/labour/sign-on", { person: "Anna Schmidt", equipment })).toEqual([
      422,
      "person_not_a_reference",
      "person",
    ]);
    expect(
      await failure("/labour/sign-on", { person: "badge:1", equipment: "bottling-1.x" }),
    ).toEqual([404, "unit_unknown", "equipment"]);
    expect(
      await failure("/labour/sign-on", { person: "badge:1", equipment, role: "No Role" }),
    ).toEqual([400, "body_invalid", "role"]);
    expect(
      await failure("/labour/sign-on", { person: "badge:1", equipment, occurredAt: at("17:00") }),
    ).toEqual([422, "occurs_in_future", "occurredAt"]);
    expect(await failure("/labour/facts/nothing/withdraw", {})).toEqual([
      404,
      "labour_fact_unknown",
      "id",
    ]);
  });
});
