import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** What a wire does to a chunk on its way to the client: the chunks that arrive instead. */
type Mangle = (chunk: Buffer) => Buffer[];

/**
 * A TCP wire between a client and a real server, that can be broken in the ways that real wires are.
 */
export interface Wire {
  readonly port: number;
  /** Connections that stand now. */
  connections(): number;
  /** Remote ports of the clients: the same port is the same TCP connection. */
  clientPorts(): number[];
  /** Every connection is reset, and new ones are taken. */
  reset(): void;
  /** Every connection is reset, and new ones are refused until {@link plug}. */
  unplug(): Promise<void>;
  plug(): Promise<void>;
  /** Nothing passes in either direction, and nobody is told. */
  blackHole(isOn: boolean): void;
  /** Chunks of clients that the black hole took. */
  swallowed(): number;
  mangle(how: Mangle | undefined): void;
  close(): Promise<void>;
}

export async function startWire(target: { port: number }, at = 0): Promise<Wire> {
  const pairs = new Set<{ client: Socket; server: Socket }>();
  let isDark = false;
  let swallowed = 0;
  let mangle: Mangle | undefined;
  let port = at;
  let listener: Server | undefined;

  const join = (client: Socket) => {
    const server = connect({ host: "127.0.0.1", port: target.port, noDelay: true });
    client.setNoDelay(true);
    const pair = { client, server };
    pairs.add(pair);
    const end = () => {
      pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    client.on("data", (chunk) => {
      if (isDark) swallowed += 1;
      else server.write(chunk);
    });
    server.on("data", (chunk) => {
      if (isDark) return;
      for (const part of mangle?.(chunk) ?? [chunk]) client.write(part);
    });
    for (const socket of [client, server]) {
      socket.on("error", end);
      socket.on("close", end);
    }
  };
  const listen = async () => {
    const opened = createServer(join);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    opened.once("error", reject);
    opened.listen(port, "127.0.0.1", resolve);
    await promise;
    listener = opened;
    port = (opened.address() as AddressInfo).port;
  };
  const reset = () => {
    for (const { client, server } of pairs) {
      client.resetAndDestroy();
      server.destroy();
    }
  };
  const unplug = async () => {
    const closed = Promise.withResolvers<void>();
    if (listener === undefined) return;
    listener.close(() => closed.resolve());
    listener = undefined;
    reset();
    await closed.promise;
  };
  await listen();
  return {
    port,
    connections: () => pairs.size,
    clientPorts: () => [...pairs].flatMap(({ client }) => client.remotePort ?? []),
    reset,
    unplug,
    plug: listen,
    blackHole: (isOn) => {
      isDark = isOn;
    },
    swallowed: () => swallowed,
    mangle: (how) => {
      mangle = how;
    },
    close: unplug,
  };
}
