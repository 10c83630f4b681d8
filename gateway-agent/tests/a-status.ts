import type { DeviceStatus } from "../src/devices/device-figures.ts";
import type { GatewayStatus } from "../src/diagnostics/status.ts";

type DeviceOfStatus = GatewayStatus["devices"][string];

/** A device as it is when all is well. */
export function aDevice(changes: Partial<DeviceStatus> = {}): DeviceOfStatus {
  return {
    connected: true,
    lastReadAtMs: Date.UTC(2026, 10, 24, 6, 0, 0),
    readings: 120_000,
    samples: 80_000,
    requests: 4000,
    skippedRequests: 0,
    connects: 1,
    losses: 0,
    exceptions: {},
    roundTripMs: { last: 3.1, mean: 3.3, max: 12, p50: 3.2, p99: 7.9 },
    groups: [
      {
        periodMs: 250,
        turns: 4000,
        periodKept: 1,
        scheduled: 120_000,
        delivered: 120_000,
        completeness: 1,
        roundTripMs: { p50: 3.4, p99: 8.1 },
        ageMs: { p50: 4.2, p99: 11 },
      },
    ],
    sourceClock: { skewMs: 12, isTrusted: true },
    lastError: null,
    delivery: { ageMs: { p50: 24, p99: 61 } },
    ...changes,
  };
}

/** A gateway as it is when all is well. */
export function aStatus(changes: Partial<GatewayStatus> = {}): GatewayStatus {
  return {
    gateway: "lakeside/edge-1",
    epoch: 1,
    produced: { messages: 9000, samples: 160_000 },
    acknowledged: { messages: 8998, samples: 159_960 },
    held: { messages: 2, samples: 40 },
    dropped: { messages: 0, samples: 0 },
    outbox: { heldBytes: 1900, heldAgeMs: 30, commits: 9000, lastCommitMs: 2 },
    delivery: { ageMs: { p50: 24, p99: 61 } },
    uplink: {
      state: "online",
      primaryHost: "only-mes",
      trimmedBy: "host",
      inFlight: 1,
      resent: 0,
      hasBacklog: false,
      published: 9010,
      rebirths: 0,
      sessions: 1,
      refusedCommands: 0,
    },
    commands: { done: 0, refused: 0, differs: 0, failed: 0, unknown: 0 },
    redundancy: null,
    map: { origin: "file", revision: null, digest: "", changed: null, refused: null },
    devices: { "bottling-plc": aDevice(), "press-a": aDevice() },
    ...changes,
  };
}
