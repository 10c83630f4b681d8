import { readFile } from "node:fs/promises";
import { formatClockSetting, plantClock, type ClockSetting } from "@only-mes/protocols/plant/clock";
import type { ReplayOptions } from "../config/replay-options.ts";
import { disconnect } from "../plc/behaviour.ts";
import { deviceNamed } from "../plc/devices.ts";
import { startLakesideServers, type LakesideServers } from "../plc/lakeside-servers.ts";
import type { PressView } from "../plc/modbus/lakeside-registers.ts";
import { bottlingNamespaceUri } from "../plc/opcua/bottling-nodes.ts";
import type { NodeDesign, NodeValue } from "../plc/opcua/server.ts";
import { log, quietOpcua } from "../serve/log.ts";
import { listenToParent } from "../serve/parent.ts";
import { parseLog, type LogEntry, type RecordedLog } from "./recorded-log.ts";
import { findTargets, readValue, type ModbusViews, type Target } from "./targets.ts";

/** Shows a recorded log on the PLC servers, each entry at its time. */
const showEveryMs = 20;

interface Due {
  atMs: number;
  target: Target;
  value: NodeValue;
}

/** Served, until the parent or the user ends it. */
export async function replay(options: ReplayOptions): Promise<void> {
  quietOpcua();
  const { log: file } = options;
  const { due, moreNodes } = await readLog(file);
  const firstMs = due[0]?.atMs ?? 0;
  const setting = options.clock ?? clockFrom(options, firstMs);
  const clock = plantClock(setting);
  const shiftMs = (options.clock === undefined ? setting.plantOriginMs : clock.now()) - firstMs;
  const views = newViews(clock.now());
  const servers = await startLakesideServers({
    opcuaPort: options["opcua-port"],
    modbusPort: options["modbus-port"],
    meterPort: options["meter-port"],
    stateDir: options["state-dir"],
    press: (unit) => views.presses[unit],
    meter: () => views.meter,
    moreNodes,
  });
  let next = 0;
  const showing = setInterval(() => {
    const nowMs = clock.now();
    for (let entry = due[next]; entry && entry.atMs + shiftMs <= nowMs; entry = due[next]) {
      show(servers, views, entry, entry.atMs + shiftMs);
      next += 1;
      if (next === due.length) say({ ended: true, atMs: nowMs, entries: due.length });
    }
  }, showEveryMs);
  listenToParent({
    async obey(command) {
      if (command.type !== "disconnect") {
        throw new RangeError(`a replay has no "${command.type}": its history is the log's`);
      }
      await servers.behave(deviceNamed(command.plc), disconnect(command.realMs));
      return { type: "disconnected" };
    },
    async shutDown() {
      clearInterval(showing);
      await servers.close().catch((error: unknown) => log.warn({ error }, "a PLC closed badly"));
    },
  }).ready({
    endpoints: servers.endpoints,
    clock: formatClockSetting(setting),
    entries: due.length,
    ...hint(moreNodes),
  });
}

async function readLog(file: string): Promise<{ due: Due[]; moreNodes: NodeDesign[] }> {
  const content = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new Error(`the log ${file} cannot be read: ${error.message}`, { cause: error });
  });
  const recorded: RecordedLog = parseLog(file, content);
  const { targetOf, moreNodes } = findTargets(recorded.entries);
  const due = recorded.entries.flatMap((entry: LogEntry) => {
    const target = targetOf(entry);
    return target === undefined
      ? []
      : [{ atMs: entry.atMs, target, value: readValue(file, entry, target) }];
  });
  return { due, moreNodes };
}

/** The log begins now; in plant time that is now, or the time of its first entry. */
function clockFrom({ speed, times }: ReplayOptions, firstMs: number): ClockSetting {
  const realOriginMs = Date.now();
  const plantOriginMs = times === "log" ? firstMs : realOriginMs;
  return { realOriginMs, plantOriginMs, speed };
}

function show(
  servers: LakesideServers,
  views: ModbusViews,
  { target, value }: Due,
  atMs: number,
): void {
  if (target.to === "node") servers.opcua.set(target.nodeId, value, atMs);
  else target.set(views, value, atMs);
}

function newViews(nowMs: number): ModbusViews {
  const press: PressView = {
    goodCount: 0,
    scrapCount: 0,
    state: "Stopped",
    stopCode: 0,
    stateChangedAtMs: nowMs,
    strokes: 0,
    tonnage: 0,
    oilTemperature: 0,
    guardClosed: true,
    lubricationOk: true,
    die: "",
  };
  return {
    presses: { "press-a": { ...press }, "press-b": { ...press } },
    meter: { powerKw: 0, wattHours: 0 },
  };
}

/** What a device map must say to read it. */
function hint(moreNodes: readonly NodeDesign[]): object {
  return {
    deviceMap: "whole-plant/device-maps/lakeside.yaml",
    moreNodes: moreNodes.map(({ folder, name, type }) => ({
      address: `nsu=${bottlingNamespaceUri};s=${folder}.${name}`,
      type,
    })),
  };
}

function say(fact: object): void {
  process.send?.({ type: "ended", ...fact });
  process.stdout.write(`${JSON.stringify(fact)}\n`);
}
