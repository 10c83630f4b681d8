import type { DeviceStatus } from "../devices/device-figures.ts";
import type { GroupStatus } from "../devices/group-figures.ts";
import type { GatewayStatus } from "./status.ts";

/** One line of a metric: its labels and its value. */
type Line = readonly [labels: Record<string, string>, value: number];

export interface MetricDesign {
  readonly name: string;
  readonly help: string;
  readonly kind: "gauge" | "counter";
  readonly labels?: readonly string[];
  readonly read: (status: GatewayStatus) => readonly Line[];
}

const accounts = ["produced", "acknowledged", "held", "dropped"] as const;

const single =
  (value: (status: GatewayStatus) => number) =>
  (status: GatewayStatus): Line[] => [[{}, value(status)]];

const ofDevices =
  (value: (device: DeviceStatus) => number) =>
  (status: GatewayStatus): Line[] =>
    Object.entries(status.devices).map(([device, figures]) => [{ device }, value(figures)]);

interface Quantiles {
  p50: number | null;
  p99: number | null;
}

function quantiles(labels: Record<string, string>, { p50, p99 }: Quantiles): Line[] {
  if (p50 === null || p99 === null) return [];
  return [
    [{ ...labels, quantile: "0.5" }, p50],
    [{ ...labels, quantile: "0.99" }, p99],
  ];
}

const ofGroups =
  (value: (group: GroupStatus) => number | null) =>
  ({ devices }: GatewayStatus): Line[] =>
    Object.entries(devices).flatMap(([device, { groups }]) =>
      groups.flatMap((group): Line[] => {
        const read = value(group);
        return read === null ? [] : [[{ device, period_ms: String(group.periodMs) }, read]];
      }),
    );

const quantilesOfGroups =
  (value: (group: GroupStatus) => Quantiles) =>
  ({ devices }: GatewayStatus): Line[] =>
    Object.entries(devices).flatMap(([device, { groups }]) =>
      groups.flatMap((group) =>
        quantiles({ device, period_ms: String(group.periodMs) }, value(group)),
      ),
    );

export const metricDesigns: readonly MetricDesign[] = [
  {
    name: "active",
    help: "1 while this gateway records: it is alone, or has the lease, or was the last to have it.",
    kind: "gauge",
    read: single(({ redundancy }) => (redundancy?.role === "standby" ? 0 : 1)),
  },
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
    name: "outbox_age_ms",
    help: "Age of the oldest message that nobody has acknowledged.",
    kind: "gauge",
    read: single(({ outbox }) => outbox.heldAgeMs),
  },
  {
    name: "delivery_age_ms",
    help: "From the gateway's disk to the host's database, of the last minute or two.",
    kind: "gauge",
    labels: ["quantile"],
    read: ({ delivery }) => quantiles({}, delivery.ageMs),
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
    name: "device_connects_total",
    help: "Times that a connection to the device came about.",
    kind: "counter",
    labels: ["device"],
    read: ofDevices(({ connects }) => connects),
  },
  {
    name: "device_round_trip_quantile_ms",
    help: "Time from request to answer, of the last minute or two.",
    kind: "gauge",
    labels: ["device", "quantile"],
    read: ({ devices }) =>
      Object.entries(devices).flatMap(([device, { roundTripMs }]) =>
        quantiles({ device }, roundTripMs),
      ),
  },
  {
    name: "device_delivery_age_ms",
    help: "From the gateway's disk to the host's database, of the last minute or two.",
    kind: "gauge",
    labels: ["device", "quantile"],
    read: ({ devices }) =>
      Object.entries(devices).flatMap(([device, { delivery }]) =>
        quantiles({ device }, delivery.ageMs),
      ),
  },
  {
    name: "device_clock_skew_ms",
    help: "How far the device's clock is ahead of the gateway's.",
    kind: "gauge",
    labels: ["device"],
    read: ({ devices }) =>
      Object.entries(devices).flatMap(([device, { sourceClock }]): Line[] =>
        sourceClock.skewMs === null ? [] : [[{ device }, sourceClock.skewMs]],
      ),
  },
  {
    name: "group_turns_total",
    help: "Readings of all that is due in one period.",
    kind: "counter",
    labels: ["device", "period_ms"],
    read: ofGroups(({ turns }) => turns),
  },
  {
    name: "group_scheduled_total",
    help: "Values that were due, in outages too.",
    kind: "counter",
    labels: ["device", "period_ms"],
    read: ofGroups(({ scheduled }) => scheduled),
  },
  {
    name: "group_delivered_total",
    help: "Values that came: completeness is delivered / scheduled.",
    kind: "counter",
    labels: ["device", "period_ms"],
    read: ofGroups(({ delivered }) => delivered),
  },
  {
    name: "group_period_kept",
    help: "Of the turns that were due, the part that began in time.",
    kind: "gauge",
    labels: ["device", "period_ms"],
    read: ofGroups(({ periodKept }) => periodKept),
  },
  {
    name: "group_round_trip_ms",
    help: "From the first question of a turn to its last answer, of the last minute or two.",
    kind: "gauge",
    labels: ["device", "period_ms", "quantile"],
    read: quantilesOfGroups(({ roundTripMs }) => roundTripMs),
  },
  {
    name: "group_age_ms",
    help: "From when a turn was due to when its values were on their way to the outbox.",
    kind: "gauge",
    labels: ["device", "period_ms", "quantile"],
    read: quantilesOfGroups(({ ageMs }) => ageMs),
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
