import { datatypes } from "@only-mes/protocols/sparkplug/payload";
import sparkplug from "sparkplug-payload";
import { expect, vi } from "vitest";
import { startMqttTap, type Packet } from "../../simulators/src/faults/mqttTap.ts";
import { TestHost } from "./host.ts";
import { startRuleBroker } from "./rule-broker.ts";
import { edgeNode, group, UplinkRig } from "./uplink-rig.ts";

/** A message of the edge node, decoded by the codec of another make. */
export interface Told {
  readonly type: string;
  readonly device: string | undefined;
  readonly qos: number;
  readonly isRetained: boolean;
  readonly timestamp: number;
  readonly seq: number | undefined;
  readonly metrics: readonly ToldMetric[];
}

interface ToldMetric {
  readonly name: string | undefined;
  readonly alias: number | undefined;
  readonly type: string | undefined;
  readonly value: unknown;
  readonly isNull: boolean;
  readonly timestamp: number | undefined;
  readonly isHistorical: boolean;
  readonly quality: { type: string; value: unknown } | undefined;
}

export interface Session {
  readonly packets: readonly Packet[];
  /** Of the edge node, in the order of the wire. */
  readonly told: readonly Told[];
}

export interface Recording {
  readonly sessions: readonly Session[];
  /** NDEATH as a host heard them, also those that the broker sent. */
  readonly deaths: readonly Told[];
}

const within = { timeout: 20_000, interval: 5 };
export const firstBdSeq = 254;
export const dataMessages = 300;

/**
 * Three sessions, as the wire had them. First: births, 300 messages, a device that dies and comes back, a rebirth,
 * and a broken connection. Second: the host goes offline. Third: it is online again, and the gateway ends.
 */
export async function recordSessions(): Promise<Recording> {
  const broker = await startRuleBroker();
  const tap = await startMqttTap(broker.port);
  const host = await TestHost.start(broker.url);
  const rig = new UplinkRig(tap.url);
  for (let bdSeq = 0; bdSeq < firstBdSeq; bdSeq += 1) rig.outbox.nextBdSeq();
  // Data that comes while births are under way must wait for their end.
  rig.whileBearing = () => {
    rig.produce(1);
    rig.node.tellNode([rig.nodeMetric()]);
  };
  const online = () => vi.waitFor(() => expect(rig.node.state).toBe("online"), within);
  const delivered = () =>
    vi.waitFor(() => expect(rig.outbox.figures().held.messages).toBe(0), within);
  const heard = (type: "NBIRTH" | "NDEATH", times: number) =>
    vi.waitFor(() => expect(host.of(type)).toHaveLength(times), within);
  try {
    rig.node.start();
    await online();
    for (let value = 0; value < dataMessages; value += 1) {
      rig.produce(value);
      if (value % 50 === 49) await delivered();
    }
    rig.node.tellNode([rig.nodeMetric()]);
    const now = Date.now();
    rig.produce(5, "plc-2", [now, now - 2, now - 1]);
    rig.node.deviceDied("plc-2");
    rig.produce(6, "plc-2");
    rig.node.deviceBorn(birthOfManyTimes(rig, "plc-2"));
    await delivered();
    await host.askRebirth(group, edgeNode);
    await heard("NBIRTH", 2);
    await delivered();
    rig.node.breakConnection();
    await heard("NDEATH", 1);
    await heard("NBIRTH", 3);
    await delivered();
    await host.say(false);
    await heard("NDEATH", 2);
    await vi.waitFor(() => expect(rig.node.state).toBe("waiting"), within);
    await host.say(true);
    await heard("NBIRTH", 4);
    await delivered();
    await rig.node.stop();
    await heard("NDEATH", 3);
    const deaths = host.of("NDEATH").map(({ bytes }) => decode("NDEATH", undefined, bytes));
    return { sessions: tap.sessions.map(sessionOf), deaths };
  } finally {
    await rig.close();
    rig.remove();
    await host.stop();
    await tap.close();
    await broker.close();
  }
}

function sessionOf(packets: readonly Packet[]): Session {
  const told = packets.flatMap((packet) => {
    if (packet.kind !== "publish" || packet.from !== "node") return [];
    const [, , type = "", , device] = packet.topic.split("/");
    const { qos, isRetained } = packet;
    return [{ ...decode(type, device, packet.payload), qos, isRetained }];
  });
  return { packets, told };
}

const codec = sparkplug.get("spBv1.0");

interface Decoded {
  name?: string | null;
  alias?: unknown;
  type?: string;
  value?: unknown;
  timestamp?: unknown;
  isHistorical?: boolean | null;
  isNull?: boolean | null;
  properties?: Record<string, { type: string; value: unknown }> | null;
}

export function decode(type: string, device: string | undefined, bytes: Uint8Array): Told {
  const payload = codec?.decodePayload(bytes) ?? {};
  return {
    type,
    device,
    qos: 0,
    isRetained: false,
    timestamp: Number(payload.timestamp),
    seq: optionalNumber(payload.seq),
    metrics: ((payload.metrics ?? []) as Decoded[]).map((metric) => ({
      name: metric.name === "" || metric.name === null ? undefined : metric.name,
      alias: optionalNumber(metric.alias),
      type: metric.type,
      // The codec keeps 64 bits in an object of its own.
      value:
        typeof metric.value === "object" && metric.value !== null
          ? Number(metric.value)
          : metric.value,
      isNull: metric.value === null,
      timestamp: optionalNumber(metric.timestamp),
      isHistorical: metric.isHistorical === true,
      quality: metric.properties?.["Quality"],
    })),
  };
}

function optionalNumber(value: unknown): number | undefined {
  return value === undefined || value === null ? undefined : Number(value);
}

/** For a birth with values of several times, the oldest in the middle. */
function birthOfManyTimes(rig: UplinkRig, device: string) {
  const birth = rig.birth(device);
  const [signal] = birth.signals;
  if (signal === undefined) throw new Error("the rig has a signal");
  const times = [3000, 1000, 2000];
  const aliases = rig.outbox.aliases.of(
    device,
    times.map((ms) => ({ name: `unit/at-${ms}`, datatype: datatypes.UInt32 })),
  );
  return {
    ...birth,
    signals: times.map((timestampMs, index) => ({
      ...signal,
      metricName: `unit/at-${timestampMs}`,
      alias: aliases[index] ?? 0,
      timestampMs,
    })),
  };
}
