import { collectDefaultMetrics, Counter, Gauge, Registry } from "prom-client";
import type { DeviceStatus } from "../devices/device-figures.ts";
import type { GatewayStatus } from "./status.ts";

/** One line of a metric: its labels and its value. */
type Line = readonly [labels: Record<string, string>, value: number];

interface MetricDesign {
  readonly name: string;
  readonly help: string;
  readonly kind: "gauge" | "counter";
  readonly labels?: readonly string[];
  readonly read: (status: GatewayStatus) => readonly Line[];
}

const prefix = "only_mes_gateway_";

/** Prometheus metrics, read from the status at each scrape. */
export function gatewayMetrics(status: () => GatewayStatus): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  for (const { name, help, kind, labels = [], read } of designs) {
    const common = { name: prefix + name, help, labelNames: [...labels], registers: [registry] };
    if (kind === "gauge") {
      void new Gauge({
        ...common,
        collect() {
          for (const [of, value] of read(status())) this.set(of, value);
        },
      });
    } else {
      void new Counter({
        ...common,
        collect() {
          this.reset();
          for (const [of, value] of read(status())) this.inc(of, value);
        },
      });
    }
  }
  return registry;
}

const accounts = ["produced", "acknowledged", "held", "dropped"] as const;

const single =
  (value: (status: GatewayStatus) => number) =>
  (status: GatewayStatus): Line[] => [[{}, value(status)]];

const ofDevices =
  (value: (device: DeviceStatus) => number) =>
  (status: GatewayStatus): Line[] =>
    Object.entries(status.devices).map(([device, figures]) => [{ device }, value(figures)]);

const designs: readonly MetricDesign[] = [
  {
    name: "messages",
    help: "Messages of the outbox: produced = acknowledged + held + dropped.",
    kind: "gauge",
    labels: ["account"],
    read: (status) => accounts.map((account) => [{ account }, status[account].messages]),
  },
  {
    name: "samples",
    help: "Samples of the outbox: produced = acknowledged + held + dropped.",
    kind: "gauge",
    labels: ["account"],
    read: (status) => accounts.map((account) => [{ account }, status[account].samples]),
  },
  {
    name: "outbox_bytes",
    help: "Bytes held in the outbox.",
    kind: "gauge",
    read: single(({ outbox }) => outbox.heldBytes),
  },
  {
    name: "outbox_commits_total",
    help: "Group commits.",
    kind: "counter",
    read: single(({ outbox }) => outbox.commits),
  },
  {
    name: "outbox_commit_ms",
    help: "Duration of the last group commit.",
    kind: "gauge",
    read: single(({ outbox }) => outbox.lastCommitMs),
  },
  {
    name: "online",
    help: "1 while born and sending.",
    kind: "gauge",
    read: single(({ uplink }) => (uplink.state === "online" ? 1 : 0)),
  },
  {
    name: "in_flight",
    help: "Messages sent and not acknowledged.",
    kind: "gauge",
    read: single(({ uplink }) => uplink.inFlight),
  },
  {
    name: "resent_total",
    help: "Messages sent again after a timeout.",
    kind: "counter",
    read: single(({ uplink }) => uplink.resent),
  },
  {
    name: "mqtt_sessions_total",
    help: "MQTT sessions begun.",
    kind: "counter",
    read: single(({ uplink }) => uplink.sessions),
  },
  {
    name: "rebirths_total",
    help: "Rebirths that a host asked for.",
    kind: "counter",
    read: single(({ uplink }) => uplink.rebirths),
  },
  {
    name: "refused_commands_total",
    help: "Commands that were refused.",
    kind: "counter",
    read: single(({ uplink }) => uplink.refusedCommands),
  },
  {
    name: "commands_total",
    help: "Commands to devices, by what became of them.",
    kind: "counter",
    labels: ["outcome"],
    read: ({ commands }) =>
      Object.entries(commands).map(([outcome, count]) => [{ outcome }, count]),
  },
  {
    name: "device_connected",
    help: "1 while the device answers.",
    kind: "gauge",
    labels: ["device"],
    read: ofDevices(({ connected }) => (connected ? 1 : 0)),
  },
  {
    name: "device_readings_total",
    help: "Values read.",
    kind: "counter",
    labels: ["device"],
    read: ofDevices(({ readings }) => readings),
  },
  {
    name: "device_samples_total",
    help: "Samples that were worth sending.",
    kind: "counter",
    labels: ["device"],
    read: ofDevices(({ samples }) => samples),
  },
  {
    name: "device_requests_total",
    help: "Requests that were answered, or notifications that came.",
    kind: "counter",
    labels: ["device"],
    read: ofDevices(({ requests }) => requests),
  },
  {
    name: "device_skipped_requests_total",
    help: "Requests that were due and left out, as the device was too slow.",
    kind: "counter",
    labels: ["device"],
    read: ofDevices(({ skippedRequests }) => skippedRequests),
  },
  {
    name: "device_losses_total",
    help: "Times that the device was lost.",
    kind: "counter",
    labels: ["device"],
    read: ofDevices(({ losses }) => losses),
  },
  {
    name: "device_round_trip_ms",
    help: "Mean time from request to answer.",
    kind: "gauge",
    labels: ["device"],
    read: ofDevices(({ roundTripMs }) => roundTripMs.mean),
  },
  {
    name: "device_exceptions_total",
    help: "Modbus exceptions, by code.",
    kind: "counter",
    labels: ["device", "code"],
    read: ({ devices }) =>
      Object.entries(devices).flatMap(([device, { exceptions }]) =>
        Object.entries(exceptions).map(([code, times]): Line => [{ device, code }, times]),
      ),
  },
];
