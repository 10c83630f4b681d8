import {
  chart as chartSchema,
  characteristic as characteristicSchema,
  dueSample,
  measurement as measurementSchema,
  spcSignal,
} from "@only-mes/protocols/console/quality";
import { listOf } from "@only-mes/protocols/console/http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import { giveCounts, givePlant } from "../../tests/lakeside.ts";
import { startEdge, TestClock, type RunningEdge } from "../../tests/running-edge.ts";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";

const minuteMs = 60_000;
const clock = new TestClock(Date.parse("2026-11-23T10:00:00Z"));
let database: TestDatabase;
let edge: RunningEdge;
let commands = 0;

beforeAll(async () => {
  database = await openTestDatabase();
  await givePlant(database.pool);
  edge = await startEdge({ pool: database.pool, clock });
});

afterAll(async () => {
  await edge.close();
  await database.close();
});

const at = (time: string) => `2026-11-23T${time}:00.000Z`;

async function ask(method: string, path: string, body?: object) {
  const commandId = `test-command-${(commands += 1)}`;
  const response = await fetch(`${edge.url}/api/v1${path}`, {
    method,
    ...(body && {
      body: JSON.stringify({ commandId, actor: "badge:7", ...body }),
      headers: { "content-type": "application/json" },
    }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json");
  return {
    status: response.status,
    text,
    body: isJson ? (JSON.parse(text) as unknown) : undefined,
  };
}

async function read<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  const { status, body, text } = await ask("GET", path);
  expect({ path, status, text: status === 200 ? "" : text }).toEqual({
    path,
    status: 200,
    text: "",
  });
  return schema.parse(body);
}

async function done(method: string, path: string, body: object): Promise<unknown> {
  const answer = await ask(method, path, body);
  expect({ path, status: answer.status, text: answer.status === 200 ? "" : answer.text }).toEqual({
    path,
    status: 200,
    text: "",
  });
  return answer.body;
}

async function failure(method: string, path: string, body?: object) {
  const { status, body: answer } = await ask(method, path, body);
  const { error } = answer as { error: { code: string; field?: string } };
  return [status, error.code, error.field];
}

const pmc322 = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1];
const unit = "bottling-1.filler";
const define = (id: string, body: object, occurredAt = at("00:00")) =>
  done("PUT", `/characteristics/${id}`, {
    name: id,
    equipment: unit,
    chart: "imr",
    occurredAt,
    ...body,
  });
const measure = (
  characteristic: string,
  values: (number | string)[] | null,
  time: string,
  more: object = {},
) =>
  done("POST", "/measurements", {
    measurements: [{ characteristic, values, takenAt: at(time), ...more }],
  });
const chartOf = (id: string) =>
  read(`/characteristics/${id}/chart?from=${at("00:00")}&to=${at("10:00")}`, chartSchema);
const eventsOf = async (characteristic: string) => {
  const { rows } = await database.pool.query<{ kind: string; rule: string | null }>(
    `SELECT kind, data->>'rule' AS rule FROM outbox
      WHERE data->>'characteristic' = $1 AND kind LIKE 'quality.%' AND kind NOT IN ('quality.measured', 'quality.corrected') ORDER BY id`,
    [characteristic],
  );
  return rows.map(({ kind, rule }) => `${kind} ${rule}`);
};

describe("a chart of single values", () => {
  it("has NIST's limits, tells a point beyond them and a value out of specification, once each", async () => {
    await define("fill-weight", {
      limits: { from: "baseline", subgroups: 10 },
      lowerSpec: 44,
      upperSpec: 60,
      rules: [1, 2],
    });
    for (const [index, value] of pmc322.entries())
      await measure("fill-weight", [value], `01:0${index}`);
    const answer = await measure("fill-weight", [61.2], "01:30");
    expect(answer).toMatchObject({
      signals: [
        { rule: "nelson1", at: at("01:30") },
        { rule: "dispersion" },
        { rule: "outOfSpec" },
      ],
    });
    const { phases, signals } = await chartOf("fill-weight");
    expect(phases).toHaveLength(1);
    expect(phases[0]?.points[0]?.limits?.upper).toBeCloseTo(55.8041, 4);
    expect(phases[0]?.points.at(-1)).toMatchObject({
      value: 61.2,
      rules: ["nelson1", "dispersion", "outOfSpec"],
    });
    expect(phases[0]?.capability?.values).toBe(11);
    expect(signals.map(({ rule }) => rule)).toEqual(["nelson1", "dispersion", "outOfSpec"]);
    const listed = await read(
      `/spc-signals?line=bottling-1&characteristic=fill-weight&from=${at("00:00")}`,
      listOf(spcSignal),
    );
    expect(listed.items.map(({ rule }) => rule)).toEqual(["dispersion", "nelson1", "outOfSpec"]);
    expect(await eventsOf("fill-weight")).toEqual([
      "quality.signal nelson1",
      "quality.signal dispersion",
      "quality.outOfSpec outOfSpec",
    ]);
  });

  it("takes a correction as a new row; the signals that it ends are withdrawn, its first word stays", async () => {
    const before = await chartOf("fill-weight");
    const id = before.phases[0]?.points.at(-1)?.measurement ?? "";
    await done("POST", `/measurements/${id}/correction`, {
      values: ["51.2"],
      note: "a digit mistyped",
    });
    const { signals, phases } = await chartOf("fill-weight");
    expect(signals).toEqual([]);
    expect(phases[0]?.points.at(-1)?.value).toBe(51.2);
    expect(
      (await eventsOf("fill-weight")).filter((kind) => kind.startsWith("quality.signalWithdrawn")),
    ).toHaveLength(3);
    const { rows } = await database.pool.query(
      "SELECT readings FROM measurement WHERE subject = $1 ORDER BY known_at, id",
      [id],
    );
    expect(rows).toEqual(expect.arrayContaining([{ readings: [61.2] }, { readings: [51.2] }]));
    await done("POST", `/measurements/${id}/correction`, {
      withdraw: true,
      note: "another product",
    });
    expect((await chartOf("fill-weight")).phases[0]?.points).toHaveLength(10);
    const list = await read(
      `/measurements?characteristic=fill-weight&from=${at("00:00")}`,
      listOf(measurementSchema),
    );
    expect(list.items.at(-1)).toMatchObject({
      id,
      withdrawn: true,
      corrected: true,
      by: "badge:7",
    });
  });

  it("comes out the same in whatever order measurements come, alone or together", async () => {
    const values = [...pmc322, 58, 50, 50.5, 45, 70];
    const limits = { from: "baseline", subgroups: 10 };
    await define("shuffled", { limits });
    await define("in-order", { limits });
    const timed = values.map((value, index) => ({
      value: [value],
      takenAt: `02:${String(index + 10)}`,
    }));
    const mixed = [
      ...timed.slice(12),
      ...timed.slice(3, 9),
      ...timed.slice(0, 3),
      ...timed.slice(9, 12),
    ];
    for (const { value, takenAt } of mixed) await measure("shuffled", value, takenAt);
    await done("POST", "/measurements", {
      measurements: timed.map(({ value, takenAt }) => ({
        characteristic: "in-order",
        values: value,
        takenAt: at(takenAt),
      })),
    });
    const rowsOf = async (id: string) =>
      (
        await database.pool.query(
          "SELECT rule, at, cardinality(points) FROM spc_signal WHERE characteristic = $1 ORDER BY 1, 2",
          [id],
        )
      ).rows;
    expect(await rowsOf("shuffled")).toEqual(await rowsOf("in-order"));
    expect((await rowsOf("in-order")).length).toBeGreaterThan(2);
    const pointsOf = async (id: string) =>
      (await chartOf(id)).phases[0]?.points.map(({ measurement: _m, ...point }) => point);
    expect(await pointsOf("shuffled")).toEqual(await pointsOf("in-order"));
    // What is stored is what the chart says.
    const { signals } = await chartOf("shuffled");
    expect(signals.map(({ rule }) => rule).toSorted()).toEqual(
      (await rowsOf("shuffled")).map(({ rule }) => rule as string).toSorted(),
    );
  });

  it("comes out the same in whatever order definitions come", async () => {
    const first = { limits: { from: "fixed", center: 50, lower: 44, upper: 56 }, rules: [1] };
    const other = { limits: { from: "fixed", center: 90, lower: 84, upper: 96 }, rules: [1] };
    const told: [object, string][] = [
      [first, "00:00"],
      [other, "03:00"],
      [first, "05:00"],
    ];
    for (const [definition, time] of told) await define("told-in-order", definition, at(time));
    const [begin, between, again] = told;
    for (const [definition, time] of [begin, again, between].filter((each) => each !== undefined)) {
      await define("told-late", definition, at(time));
    }
    for (const id of ["told-in-order", "told-late"]) {
      for (const time of ["02:00", "04:00", "06:00"]) await measure(id, [70], time);
    }
    const phasesOf = async (id: string) =>
      (await chartOf(id)).phases.map(({ from, to, level, points }) => [
        from,
        to,
        level?.center,
        points.length,
      ]);
    expect(await phasesOf("told-late")).toEqual(await phasesOf("told-in-order"));
    expect((await phasesOf("told-late")).map(([, , center]) => center)).toEqual([50, 90, 50]);
  });

  it("begins a new phase where its limits come about otherwise, not where its name changes", async () => {
    const limits = { from: "fixed", center: 50, lower: 44, upper: 56 };
    const rules = [1];
    await define("phased", { limits, rules });
    await define("phased", { limits, rules, name: "Phased" }, at("03:00"));
    await define("phased", { limits, rules, phase: "new nozzle" }, at("04:00"));
    await measure("phased", [55], "02:00");
    await measure("phased", [57], "03:30");
    await measure("phased", [57], "04:30");
    const { phases, signals, characteristic } = await chartOf("phased");
    expect(phases.map(({ from, points }) => [from, points.length])).toEqual([
      [at("00:00"), 2],
      [at("04:00"), 1],
    ]);
    expect(signals.map(({ name }) => name)).toEqual(["Phased", "phased"]);
    expect(characteristic.version).toBe(3);
    expect(
      (await read("/characteristics/phased/versions", listOf(characteristicSchema))).items,
    ).toHaveLength(3);
  });
});

describe("other charts", () => {
  it("x̄/R and p are kept, and can be had as CSV", async () => {
    await define("cap-torque", {
      chart: "xbarR",
      subgroupSize: 3,
      limits: { from: "baseline", subgroups: 2 },
    });
    await measure("cap-torque", [1, 2, 3], "01:00");
    await measure("cap-torque", null, "01:10");
    await measure("cap-torque", [2, 3, 4], "01:20");
    const csv = (
      await ask(
        "GET",
        `/characteristics/cap-torque/chart?from=${at("00:00")}&to=${at("10:00")}&format=csv`,
      )
    ).text;
    expect(csv.split("\r\n").map((line) => line.split(",").slice(1, 3).join(" "))).toEqual([
      "at value",
      `${at("01:00")} 2`,
      `${at("01:10")} `,
      `${at("01:20")} 3`,
      "",
    ]);
    await define("leaking", { chart: "p", limits: { from: "fixed", center: 0.02 } });
    await measure("leaking", [9], "01:00", { inspected: 100 });
    expect((await chartOf("leaking")).signals.map(({ rule, what }) => [rule, what])).toEqual([
      ["nelson1", "a point beyond the control limits"],
    ]);
  });

  it("are imported and exported as CSV, alike", async () => {
    const csv =
      "id;name;equipment;chart;subgroup_size;lower_spec;upper_spec;every_minutes\r\nneck;=Neck;bottling-1;xbarS;4;1.5;2.5;30\r\n";
    expect(await done("POST", "/characteristics/import", { csv })).toEqual({
      created: ["neck"],
      changed: [],
      unchanged: [],
    });
    const exported = (await ask("GET", "/characteristics?format=csv&bom=1")).text;
    expect(exported).toContain("'=Neck");
    const again = (await done("POST", "/characteristics/import", { csv: exported })) as {
      unchanged: string[];
      changed: string[];
    };
    expect(again.changed).toEqual([]);
    expect(again.unchanged).toContain("neck");
    const { items } = await read(
      "/characteristics?line=bottling-1&limit=2",
      listOf(characteristicSchema),
    );
    expect(items).toHaveLength(2);
  });

  it("import nothing of a CSV with problems, and name each at its line", async () => {
    const csv =
      "id,equipment,chart,subgroup_size\nok,bottling-1,imr,1\nwrong,bottling-1,imr,5\nok,bottling-1,imr,\nX y,,c,";
    const { status, body } = await ask("POST", "/characteristics/import", { csv });
    expect([status, (body as { error: { problems: string[] } }).error.problems]).toEqual([
      422,
      [
        expect.stringMatching(/^line 3: subgroup_size_unsuitable/),
        'line 4: "ok" stands twice',
        expect.stringMatching(/^line 5: id must be/),
      ],
    ]);
    expect(await failure("POST", "/characteristics/import", { csv: 'id,"open' })).toEqual([
      422,
      "quality_csv_invalid",
      "csv",
    ]);
  });
});

describe("samples that are due", () => {
  it("are due by time or by pieces, the longest overdue first", async () => {
    await define("hourly", { sampling: { by: "hand", everyMinutes: 60 } });
    await define("by-pieces", { sampling: { by: "hand", everyPieces: 500 } });
    await define("of-product", {
      equipment: null,
      product: "cola",
      sampling: { by: "hand", everyMinutes: 1 },
    });
    await measure("hourly", [1], "08:30");
    await measure("by-pieces", [1], "09:00");
    await giveCounts(database.pool, [
      { unit, role: "goodCount", atMs: Date.parse(at("09:30")), delta: 620, kind: "step" },
    ]);
    const due = async () =>
      (await read("/measurements/due?line=bottling-1", listOf(dueSample))).items.filter(
        ({ characteristic }) => characteristic !== "neck",
      );
    expect(await due()).toMatchObject([
      {
        characteristic: "hourly",
        lastTakenAt: at("08:30"),
        dueAt: at("09:30"),
        overdueMs: 30 * minuteMs,
        piecesOver: null,
      },
      { characteristic: "by-pieces", dueAt: null, overdueMs: 0, piecesOver: 120 },
    ]);
    await measure("hourly", [1], "09:55");
    expect((await due()).map(({ characteristic }) => characteristic)).toEqual(["by-pieces"]);
  });
});

describe("bad input", () => {
  const put = (body: object) =>
    failure("PUT", "/characteristics/bad", { name: "bad", equipment: unit, chart: "imr", ...body });

  it.each<[object, string, string]>([
    [{ equipment: null }, "characteristic_place_missing", "equipment"],
    [{ lowerSpec: 5, upperSpec: 4 }, "spec_limits_reversed", "lowerSpec"],
    [{ lowerSpec: 5, target: 4 }, "spec_limits_reversed", "target"],
    [
      { limits: { from: "fixed", center: 5, lower: 6, upper: 4 } },
      "control_limits_reversed",
      "limits",
    ],
    [
      { limits: { from: "fixed", center: 5, lower: 4, upper: 9 } },
      "control_limits_reversed",
      "limits",
    ],
    [{ limits: { from: "fixed", center: 5 } }, "control_limits_wrong_kind", "limits"],
    [{ chart: "p", limits: { from: "fixed", center: 5 } }, "control_limits_wrong_kind", "limits"],
    [{ chart: "xbarR", subgroupSize: 11 }, "subgroup_size_unsuitable", "subgroupSize"],
    [
      {
        chart: "c",
        sampling: { by: "signal", signal: "bottling-1.filler.temperature", everySeconds: 5 },
      },
      "sampling_unsuitable",
      "sampling",
    ],
    [
      { sampling: { by: "signal", signal: "bottling-1.filler.state", everySeconds: 5 } },
      "sampling_unsuitable",
      "sampling.signal",
    ],
    [{ occurredAt: "2026-01-01T00:00:00Z" }, "characteristic_too_far_back", "occurredAt"],
  ])("a definition with %j is refused: %s", async (body, code, field) => {
    expect(await put(body)).toEqual([422, code, field]);
  });

  it("names what is not known, and what is not of the shape", async () => {
    expect(await put({ equipment: "bottling-9" })).toEqual([404, "line_unknown", "equipment"]);
    expect(await put({ sampling: { by: "signal", signal: "a.b.c", everySeconds: 5 } })).toEqual([
      404,
      "signal_unknown",
      "sampling.signal",
    ]);
    expect(await put({ chart: "pie" })).toEqual([400, "body_invalid", "chart"]);
    expect(await failure("GET", "/characteristics/nothing/chart")).toEqual([
      404,
      "characteristic_unknown",
      "id",
    ]);
    expect(
      await failure("POST", "/measurements/nothing/correction", { values: [1], note: "x" }),
    ).toEqual([404, "measurement_unknown", "id"]);
    await define("versioned", {});
    expect(
      await failure("PUT", "/characteristics/versioned", {
        name: "v",
        equipment: unit,
        chart: "imr",
        expectedVersion: 7,
      }),
    ).toEqual([409, "version_overtaken", "expectedVersion"]);
  });

  it.each<[string, object, string, string]>([
    ["imr", { values: [1, 2] }, "subgroup_size_wrong", "values"],
    ["imr", { values: ["NaN"] }, "value_not_finite", "values.0"],
    ["imr", { values: [1e101] }, "value_not_finite", "values.0"],
    ["imr", { values: [1], inspected: 5 }, "inspected_not_taken", "inspected"],
    ["c", { values: [1.5] }, "count_not_whole", "values.0"],
    ["c", { values: [-1] }, "count_not_whole", "values.0"],
    ["p", { values: [1] }, "inspected_missing", "inspected"],
    ["np", { values: [6], inspected: 5 }, "more_found_than_inspected", "values.0"],
    ["imr", { values: [1], takenAt: at("11:00") }, "measurement_in_future", "takenAt"],
    ["imr", { values: [1], takenAt: "2026-11-01T00:00:00Z" }, "characteristic_not_yet", "takenAt"],
  ])("chart %s refuses %j: %s", async (chart, given, code, field) => {
    await define(`checked-${chart}`, { chart });
    const measurements = [{ characteristic: `checked-${chart}`, takenAt: at("05:00"), ...given }];
    expect(await failure("POST", "/measurements", { measurements })).toEqual([
      422,
      code,
      `measurements.0.${field}`,
    ]);
  });

  it("takes all of several measurements or none, and none of what is retired or unknown", async () => {
    await define("alone", {});
    const good = { characteristic: "alone", values: [1], takenAt: at("05:00") };
    expect(
      await failure("POST", "/measurements", {
        measurements: [good, { characteristic: "nobody", values: [1] }],
      }),
    ).toEqual([404, "characteristic_unknown", "measurements.1.characteristic"]);
    expect((await chartOf("alone")).phases[0]?.points).toEqual([]);
    expect(await failure("POST", "/measurements/x/correction", { note: "x" })).toEqual([
      422,
      "correction_empty",
      "values",
    ]);
    await done("POST", "/characteristics/alone/retire", {});
    clock.nowMs += minuteMs;
    expect(
      await failure("POST", "/measurements", { measurements: [{ ...good, takenAt: at("10:01") }] }),
    ).toEqual([409, "characteristic_retired", "measurements.0.characteristic"]);
    expect(
      await failure("POST", "/measurements", {
        measurements: [{ characteristic: "of-product", values: [1] }],
      }),
    ).toEqual([422, "measurement_place_missing", "measurements.0.equipment"]);
  });
});
