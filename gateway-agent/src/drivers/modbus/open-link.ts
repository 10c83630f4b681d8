import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { ModbusDevice } from "@only-mes/protocols/device-map/schema";
import { rtuFraming, tcpFraming } from "./framing.ts";
import { Link, LinkFault } from "./link.ts";

export type Endpoint = Pick<ModbusDevice, "endpoint" | "serial">;

export const serialDefaults = { baudRate: 19_200, parity: "even", stopBits: 1 } as const;

/** @throws {LinkFault} if no connection stands within the timeout, or before it is given up. */
export async function openLink(
  { endpoint, serial }: Endpoint,
  timeoutMs: number,
  givenUp?: AbortSignal,
): Promise<Link> {
  if (endpoint.startsWith("serial://")) {
    const path = endpoint.slice("serial://".length);
    const stream = await openSerial(path, serial ?? serialDefaults);
    if (givenUp?.aborted === true) stream.destroy();
    return new Link(stream, rtuFraming());
  }
  const { hostname, port, protocol } = new URL(endpoint);
  const stream = await openTcp(hostname, Number(port), timeoutMs, givenUp);
  return new Link(stream, protocol === "rtu+tcp:" ? rtuFraming() : tcpFraming());
}

const readBytesMax = 4096;

async function openTcp(
  host: string,
  port: number,
  timeoutMs: number,
  givenUp: AbortSignal | undefined,
): Promise<Duplex> {
  const socket: Socket = connect({
    host,
    port,
    noDelay: true,
    // Else 64 KB are taken from the system for each answer of 260 bytes, and given back in pieces.
    onread: {
      buffer: new Uint8Array(readBytesMax),
      callback: (length, bytes) => socket.emit("data", Buffer.from(bytes.subarray(0, length))),
    },
  });
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  const refuse = (message: string) => {
    clearTimeout(timer);
    givenUp?.removeEventListener("abort", onGivenUp);
    socket.destroy();
    reject(new LinkFault("unreachable", message));
  };
  const timer = setTimeout(() => refuse(`no connection within ${timeoutMs} ms`), timeoutMs);
  const onGivenUp = () => refuse("the device was stopped");
  givenUp?.addEventListener("abort", onGivenUp);
  const onError = (error: Error) => refuse(error.message);
  socket.once("error", onError);
  socket.once("connect", () => {
    clearTimeout(timer);
    givenUp?.removeEventListener("abort", onGivenUp);
    resolve(socket);
    // The link listens from here on.
    queueMicrotask(() => socket.off("error", onError));
  });
  return promise;
}

type SerialSettings = NonNullable<ModbusDevice["serial"]>;

async function openSerial(path: string, settings: SerialSettings): Promise<Duplex> {
  const { SerialPort } = await serialPorts();
  const port = new SerialPort({ path, dataBits: 8, autoOpen: false, ...settings });
  const { promise, resolve, reject } = Promise.withResolvers<Duplex>();
  // A stream of serialport that is destroyed leaves its port open and locked.
  port._destroy = (error, done) => {
    if (port.isOpen) port.close(() => done(error));
    else done(error);
  };
  port.open((error) => {
    if (error === null) resolve(port);
    else reject(new LinkFault("unreachable", error.message));
  });
  return promise;
}

/** The one part of the gateway that is not JavaScript; a gateway without serial lines does without. */
async function serialPorts(): Promise<typeof import("serialport")> {
  try {
    return await import("serialport");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new LinkFault("unreachable", `the package serialport cannot be loaded here: ${why}`);
  }
}
