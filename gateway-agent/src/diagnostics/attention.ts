import type { DeviceStatus } from "../devices/device-figures.ts";
import type { UplinkState } from "../uplink/lifecycle.ts";
import { ago, percent } from "./in-words.ts";
import type { GatewayStatus } from "./status.ts";

/** Something that a person should look at, worst first: what is wrong, and what it means. */
export interface Attention {
  readonly level: "bad" | "warning";
  readonly what: string;
  readonly detail: string;
}

const completenessMin = 0.99;
const heldAgeMaxMs = 60_000;

export function attentionOf(status: GatewayStatus): Attention[] {
  const found = [
    ...ofUplink(status),
    ...ofOutbox(status),
    ...ofMap(status),
    ...Object.entries(status.devices).flatMap(([id, device]) => ofDevice(id, device)),
  ];
  return found.sort((a, b) => Number(a.level === "warning") - Number(b.level === "warning"));
}

export const uplinkWords: Record<UplinkState, string> = {
  idle: "Starting",
  connecting: "Connecting",
  waiting: "Waiting for host",
  online: "Online",
  leaving: "Host is gone",
  pausing: "No broker",
  ending: "Ending",
  ended: "Ended",
};

function ofUplink({ uplink }: GatewayStatus): Attention[] {
  const kept = "What is read is kept on disk, and sent when it is back.";
  switch (uplink.state) {
    case "online":
      return [];
    case "waiting":
    case "leaving": {
      const what = `The host ${uplink.primaryHost ?? ""} is not online`;
      return [{ level: "bad", what, detail: kept }];
    }
    default:
      return [{ level: "bad", what: "There is no connection to the broker", detail: kept }];
  }
}

function ofOutbox({ outbox, dropped, uplink }: GatewayStatus): Attention[] {
  const found: Attention[] = [];
  if (dropped.samples > 0) {
    const what = `${dropped.samples.toLocaleString("en")} samples were dropped`;
    found.push({ level: "bad", what, detail: "The outbox was full: analog values went first." });
  }
  if (uplink.state === "online" && outbox.heldAgeMs > heldAgeMaxMs) {
    const what = `The oldest sample waits since ${ago(outbox.heldAgeMs)}`;
    found.push({
      level: "warning",
      what,
      detail: "The backlog is being sent beside what happens now.",
    });
  }
  return found;
}

function ofMap({ map }: GatewayStatus): Attention[] {
  if (map.refused === null) return [];
  const [first = "", ...more] = map.refused.problems;
  const detail = more.length === 0 ? first : `${first} (and ${more.length} more)`;
  return [
    { level: "warning", what: "A changed device map was refused; the old one runs on", detail },
  ];
}

function ofDevice(id: string, device: DeviceStatus): Attention[] {
  if (!device.connected) {
    return [
      {
        level: "bad",
        what: `${id} does not answer`,
        detail: device.lastError ?? "It was never reached.",
      },
    ];
  }
  const found: Attention[] = [];
  const { skewMs, isTrusted } = device.sourceClock;
  if (!isTrusted && skewMs !== null) {
    const direction = skewMs > 0 ? "ahead" : "behind";
    found.push({
      level: "warning",
      what: `The clock of ${id} is ${ago(Math.abs(skewMs))} ${direction}`,
      detail: "Its times cannot be put into one order with those of other devices.",
    });
  }
  for (const { periodMs, completeness } of device.groups) {
    if (completeness === null || completeness >= completenessMin) continue;
    found.push({
      level: "warning",
      what: `${id} delivered ${percent(completeness)} of what was due every ${periodMs} ms`,
      detail: device.lastError ?? "It was away, or is too slow for its periods.",
    });
  }
  return found;
}
