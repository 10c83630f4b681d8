import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { fraction, randomFor, type RandomState } from "../clock/random.ts";
import { isPublishQos0, mqttFrames } from "./mqttFrames.ts";
import type { WireFault } from "./plan.ts";

/**
 * Stands between a gateway and its broker. It passes everything on, byte for byte, until it is told
 * to do otherwise. Chance is seeded; which packets it befalls depends on their order only.
 */
export interface ChaosProxy {
  /** Listens on the loopback address, before this broker. Answers the URL for the gateway. */
  listenBefore(mqttUrl: string): Promise<string>;
  /** Befalls the packets to come, or the connections that there are. */
  inject(fault: WireFault): Promise<void>;
  counts(): ChaosCounts;
  close(): Promise<void>;
}

export interface ChaosCounts {
  connections: number;
  packets: number;
  duplicated: number;
  reordered: number;
  dropped: number;
  cut: number;
}

/** Half of the messages in reach of a fault are hit by it. */
const hitPart = 0.5;

/** A packet held back for its neighbour goes on by itself after this. */
const heldMsMax = 250;

export function mqttChaosProxy({ seed }: { seed: number }): ChaosProxy {
  const random = randomFor(seed, "mqtt");
  const counts: ChaosCounts = {
    connections: 0,
    packets: 0,
    duplicated: 0,
    reordered: 0,
    dropped: 0,
    cut: 0,
  };
  const reach: Reach = { duplicate: 0, reorder: 0, drop: 0 };
  const sockets = new Set<Socket>();
  let broker: URL | undefined;
  const server = createServer((gateway) => {
    if (broker === undefined) return void gateway.destroy();
    counts.connections += 1;
    const upstream = connect(Number(broker.port), broker.hostname);
    join(gateway, upstream, wire({ counts, reach, random, upstream }));
    sockets.add(gateway);
    gateway.once("close", () => sockets.delete(gateway));
  });

  return {
    async listenBefore(mqttUrl) {
      broker = new URL(mqttUrl);
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", resolve);
      });
      return `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async inject(fault) {
      if (fault.kind !== "cut") {
        reach[fault.kind] += fault.messages;
        return;
      }
      for (const socket of sockets) {
        counts.cut += 1;
        if (fraction(random) < 0.5) socket.resetAndDestroy();
        else socket.destroy();
      }
    },
    counts: () => ({ ...counts }),
    async close() {
      for (const socket of sockets) socket.destroy();
      if (server.listening) await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** How many of the next messages each fault may still befall. */
type Reach = Record<"duplicate" | "reorder" | "drop", number>;

interface Wire {
  counts: ChaosCounts;
  reach: Reach;
  random: RandomState;
  upstream: Socket;
}

interface Sender {
  send(chunk: Buffer): void;
  /** What was held back goes on. */
  release(): void;
}

function wire({ counts, reach, random, upstream }: Wire): Sender {
  const frames = mqttFrames();
  let held: Buffer | undefined;
  let heldTimer: NodeJS.Timeout | undefined;

  function release(): void {
    clearTimeout(heldTimer);
    if (held !== undefined) upstream.write(held);
    held = undefined;
  }

  function befalls(fault: keyof Reach): boolean {
    if (reach[fault] === 0) return false;
    reach[fault] -= 1;
    return fraction(random) < hitPart;
  }

  function pass(frame: Buffer): void {
    counts.packets += 1;
    if (!isPublishQos0(frame)) {
      release();
      upstream.write(frame);
      return;
    }
    if (befalls("drop")) {
      counts.dropped += 1;
      return;
    }
    if (befalls("duplicate")) {
      counts.duplicated += 1;
      upstream.write(frame);
    }
    if (held === undefined && befalls("reorder")) {
      held = frame;
      heldTimer = setTimeout(release, heldMsMax);
      return;
    }
    upstream.write(frame);
    if (held !== undefined) counts.reordered += 1;
    release();
  }

  return {
    send: (chunk) => frames.push(chunk).forEach(pass),
    release,
  };
}

function join(gateway: Socket, upstream: Socket, sender: Sender): void {
  gateway.on("data", (chunk) => {
    sender.send(chunk);
    if (upstream.writableLength > 1_000_000) gateway.pause();
  });
  upstream.on("drain", () => gateway.resume());
  upstream.pipe(gateway);
  gateway.on("end", () => {
    sender.release();
    upstream.end();
  });
  gateway.on("error", () => upstream.destroy());
  upstream.on("error", () => gateway.destroy());
  gateway.on("close", () => upstream.destroy());
  upstream.on("close", () => gateway.destroy());
}
