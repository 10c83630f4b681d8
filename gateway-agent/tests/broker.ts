import { createServer, type AddressInfo, type Socket } from "node:net";
import { Aedes } from "aedes";

/** A real MQTT broker on a free port of this machine. */
export interface TestBroker {
  readonly url: string;
  readonly port: number;
  /** Every connection ends at once, as with a dead broker; wills are sent. */
  dropClients(): void;
  close(): Promise<void>;
}

export async function startBroker(port = 0): Promise<TestBroker> {
  const broker = await Aedes.createBroker();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    broker.handle(socket);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, "127.0.0.1", resolve);
  await promise;
  const address = server.address() as AddressInfo;
  const dropClients = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `mqtt://127.0.0.1:${address.port}`,
    port: address.port,
    dropClients,
    async close() {
      const closed = Promise.withResolvers<void>();
      const brokerClosed = Promise.withResolvers<void>();
      broker.close(() => brokerClosed.resolve());
      server.close(() => closed.resolve());
      dropClients();
      await Promise.all([closed.promise, brokerClosed.promise]);
    },
  };
}
