import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { arrows, brokenArrows } from "./arrows.ts";
import { bans, brokenBans } from "./bans.ts";
import { formatViolation, readSourceTree } from "./source-tree.ts";

const root = join(import.meta.dirname, "..");

describe("the tree", () => {
  it("keeps its arrows and bans", () => {
    const files = readSourceTree(root);
    expect(files.length).toBeGreaterThan(50);
    const broken = [...brokenArrows(files), ...brokenBans(files)];
    expect(broken.map(formatViolation)).toEqual([]);
  });
});

describe("a planted import is found", () => {
  it.each([
    ["protocols/src/plant/x.ts", 'import { x } from "@only-mes/mes-server/src/x.ts";'],
    ["protocols/src/plant/x.ts", 'import { readFileSync } from "node:fs";'],
    ["mes-server/src/api/lines.ts", 'import { x } from "../../../gateway-agent/src/main.ts";'],
    ["mes-server/src/api/lines.ts", 'export { x } from "@only-mes/gateway-agent/main";'],
    ["gateway-agent/src/main.ts", 'const x = await import("@only-mes/simulators/plant");'],
    [
      "gateway-agent/src/drivers/modbus/plan.ts",
      'import type { O } from "../../outbox/outbox.ts";',
    ],
    ["gateway-agent/src/sampling/scale.ts", 'import mqtt from "mqtt";'],
    ["mes-server/src/domain/production/fold.ts", 'import pg from "pg";'],
    ["mes-server/src/pipeline/lane.ts", 'import { readFile } from "node:fs/promises";'],
    [
      "mes-server/src/domain/production/fold.ts",
      'import { commit } from "../../commit/commit.ts";',
    ],
    ["line-console/src/live/store.ts", 'import { useState } from "react";'],
  ])("%s: %s", (path, text) => {
    expect(brokenArrows([{ path, text }])).toMatchObject([{ path, line: 1 }]);
  });

  it("and an allowed one is not", () => {
    const allowed = [
      { path: "mes-server/src/api/lines.ts", text: 'import { x } from "../store/readLines.ts";' },
      {
        path: "gateway-agent/src/a.ts",
        text: 'import { x } from "@only-mes/protocols/plant/signal";',
      },
      {
        path: "gateway-agent/src/a.test.ts",
        text: 'import { x } from "@only-mes/simulators/plc";',
      },
      { path: "mes-server/src/pipeline/lane.ts", text: 'import { Piscina } from "piscina";' },
    ];
    expect(brokenArrows(allowed)).toEqual([]);
  });

  it("for every rule", () => {
    expect(arrows.length).toBe(7);
  });
});

describe("a planted ban is found", () => {
  it.each([
    ["mes-server/src/utils.ts", ""],
    ["mes-server/src/common/clock.ts", ""],
    ["gateway-agent/src/types.ts", ""],
    ["mes-server/src/a.ts", "export class LineManager {}"],
    ["mes-server/src/a.ts", 'export * from "./b.ts";'],
    ["mes-server/src/a.ts", "const url = process.env.DATABASE_URL;"],
    ["mes-server/src/domain/production/fold.ts", "const now = Date.now();"],
    ["simulators/src/plant/line.ts", "const scrap = Math.random() < 0.01;"],
    ["mes-server/src/a.test.ts", 'it.skip("waits", () => {});'],
    ["mes-server/src/a.test.ts", "await new Promise((resolve) => setTimeout(resolve, 500));"],
    ["mes-server/src/a.ts", "// TODO: later"],
    ["mes-server/src/a.ts", 'import { PrismaClient } from "@prisma/client";'],
  ])("%s: %s", (path, text) => {
    expect(brokenBans([{ path, text }])).toMatchObject([{ path, line: 1 }]);
  });

  it("and the same words where they are allowed are not", () => {
    expect(
      brokenBans([
        { path: "mes-server/src/config/environment.ts", text: "const url = process.env.MQTT_URL;" },
        { path: "mes-server/src/main.ts", text: "const now = Date.now();" },
      ]),
    ).toEqual([]);
  });

  it("for every rule", () => {
    expect(bans.length).toBe(9);
  });
});
