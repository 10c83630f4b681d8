import { createServer, type AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { Aedes } from "aedes";

/**
 * The process of the embedded MQTT broker. It belongs to the process that started it, tells it
 * `ready` or `refused`, and ends when that one says so or is gone.
 */
export type BrokerProcessMessage =
  | { type: "ready"; port: number }
  | { type: "refused"; code: string; message: string };

async function run(host: string, port: number): Promise<void> {
  const broker = await Aedes.createBroker({ concurrency: 1000 });
  const server = createServer({ noDelay: true }, broker.handle);
  const close = (): void => {
    broker.close(() => server.close(() => process.exit(0)));
    setTimeout(() => process.exit(0), 1000).unref();
  };
  process.on("disconnect", close);
  process.on("message", (message: { type?: string }) => {
    if (message.type === "shutdown") close();
  });
  server.on("error", (error: NodeJS.ErrnoException) => {
    const refused: BrokerProcessMessage = {
      type: "refused",
      code: error.code ?? "",
      message: error.message,
    };
    if (process.connected) process.send?.(refused, () => process.exit(1));
    else process.exit(1);
  });
  server.listen(port, host, () => {
    const { port } = server.address() as AddressInfo;
    if (process.connected) process.send?.({ type: "ready", port } satisfies BrokerProcessMessage);
    else close();
  });
}

// The owner is told to stop by the same signals, and decides in which order its parts end.
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);

const { values } = parseArgs({ options: { host: { type: "string" }, port: { type: "string" } } });

run(values.host ?? "127.0.0.1", Number(values.port ?? "0")).catch(() => process.exit(1));
