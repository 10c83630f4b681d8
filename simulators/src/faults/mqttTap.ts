import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { mqttFrames } from "./mqttFrames.ts";

/** One packet of MQTT 3.1.1 as it passed the wire, as far as rules are about it. */
export type Packet =
  | {
      readonly kind: "connect";
      readonly cleanSession: boolean;
      readonly will:
        | { topic: string; payload: Buffer; qos: number; isRetained: boolean }
        | undefined;
    }
  | {
      readonly kind: "publish";
      readonly from: "node" | "broker";
      readonly topic: string;
      readonly payload: Buffer;
      readonly qos: number;
      readonly isRetained: boolean;
    }
  | { readonly kind: "subscribe"; readonly topics: { topic: string; qos: number }[] }
  | { readonly kind: "disconnect" };

/** Between a client and its broker: every session, and in it every packet in its order. */
export interface MqttTap {
  readonly url: string;
  readonly sessions: Packet[][];
  close(): Promise<void>;
}

export async function startMqttTap(port: number): Promise<MqttTap> {
  const sessions: Packet[][] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const broker = connect(port, "127.0.0.1");
    const packets: Packet[] = [];
    sessions.push(packets);
    const pass = (from: Socket, to: Socket, origin: "node" | "broker") => {
      const frames = mqttFrames();
      sockets.add(from);
      from.on("data", (chunk: Buffer) => {
        for (const frame of frames.push(chunk)) {
          const packet = packetOf(frame, origin);
          if (packet !== undefined) packets.push(packet);
        }
        to.write(chunk);
      });
      from.on("error", () => to.destroy());
      from.on("close", () => {
        sockets.delete(from);
        to.destroy();
      });
    };
    pass(client, broker, "node");
    pass(broker, client, "broker");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    sessions,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

function packetOf(frame: Buffer, from: "node" | "broker"): Packet | undefined {
  const first = frame[0] ?? 0;
  const reader = new Reader(frame);
  switch (first >> 4) {
    case 1:
      return readConnect(reader);
    case 3: {
      const qos = (first >> 1) & 3;
      const topic = reader.text();
      if (qos > 0) reader.uint16();
      const payload = reader.rest();
      return { kind: "publish", from, topic, payload, qos, isRetained: (first & 1) === 1 };
    }
    case 8: {
      reader.uint16();
      const topics: { topic: string; qos: number }[] = [];
      while (!reader.isAtEnd) topics.push({ topic: reader.text(), qos: reader.byte() });
      return { kind: "subscribe", topics };
    }
    case 14:
      return { kind: "disconnect" };
    default:
      return undefined;
  }
}

function readConnect(reader: Reader): Packet {
  reader.text();
  reader.byte();
  const flags = reader.byte();
  reader.uint16();
  reader.text();
  const hasWill = (flags & 4) !== 0;
  const will = hasWill
    ? {
        topic: reader.text(),
        payload: reader.bytes(),
        qos: (flags >> 3) & 3,
        isRetained: (flags & 32) !== 0,
      }
    : undefined;
  return { kind: "connect", cleanSession: (flags & 2) !== 0, will };
}

/** Behind the fixed header. */
class Reader {
  readonly #frame: Buffer;
  #at = 1;

  constructor(frame: Buffer) {
    this.#frame = frame;
    while ((frame[this.#at++] ?? 0) >= 128);
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#frame.length;
  }

  byte(): number {
    return this.#frame.readUInt8(this.#at++);
  }

  uint16(): number {
    this.#at += 2;
    return this.#frame.readUInt16BE(this.#at - 2);
  }

  bytes(): Buffer {
    const length = this.uint16();
    this.#at += length;
    return this.#frame.subarray(this.#at - length, this.#at);
  }

  text(): string {
    return this.bytes().toString();
  }

  rest(): Buffer {
    return this.#frame.subarray(this.#at);
  }
}
