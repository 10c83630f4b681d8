import type { Logger } from "pino";
import type { CommandLog } from "../commands/commands.ts";
import type { DeviceLog } from "../devices/device-link.ts";
import type { DriverError } from "../drivers/contract.ts";
import type { MapLog } from "../maps/map-keeper.ts";
import type { InspectionLog } from "../inspect/remote/remote-inspection.ts";
import type { UplinkLog } from "../uplink/edge-node.ts";

/** The same complaint of the same device is written once in this time, in milliseconds of this machine. */
const sameAgainAfterMs = 10_000;

export function deviceLog(log: Logger): DeviceLog {
  const said = new Map<string, number>();
  const isNews = (message: string): boolean => {
    const now = performance.now();
    const before = said.get(message);
    if (before !== undefined && now - before < sameAgainAfterMs) return false;
    if (said.size > 1000) said.clear();
    said.set(message, now);
    return true;
  };
  return {
    connected: (device, signals) => log.info({ device, signals }, "device connected"),
    lost: (error) => log.warn(facts(error), `device lost: ${error.message}`),
    failed: (error) => {
      if (isNews(error.message)) log.warn(facts(error), error.message);
    },
  };
}

export function uplinkLog(log: Logger): UplinkLog & { refusedCommands(): number } {
  let refused = 0;
  return {
    refusedCommands: () => refused,
    stateChanged: (state) => log.info({ state }, `uplink: ${state}`),
    refused: (command) => {
      refused += 1;
      log.warn({ command }, "command refused");
    },
    failed: (error) => log.warn({ err: error }, "MQTT"),
  };
}

export function mapLog(log: Logger): MapLog {
  return {
    applied: (origin, diff) => log.info({ origin, diff }, "another device map is in force"),
    refused: (origin, problems) =>
      log.error({ origin, problems }, "a device map was refused; the one in force stays"),
    setAside: (why) => log.warn(why),
  };
}

export function inspectionLog(log: Logger): InspectionLog {
  return {
    opened: () => log.info("open for inspection from afar"),
    asked: ({ id, kind }, endpoint, outcome) =>
      log.info({ id, kind, endpoint, outcome }, "inspected from afar"),
    failed: (error) => log.warn({ err: error }, "MQTT, for inspection"),
  };
}

export function commandLog(log: Logger, refused: (why: string) => void): CommandLog {
  return {
    refused,
    ended: (device, request, result) => {
      const { by, why } = request ?? {};
      const level = result.outcome === "done" ? "info" : "warn";
      log[level]({ device, value: request?.value, by, why, result }, "command ended");
    },
  };
}

function facts({ device, code, address, functionCode, exception }: DriverError) {
  return { device, code, address, functionCode, exception };
}
