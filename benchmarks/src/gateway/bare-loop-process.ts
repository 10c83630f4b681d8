import { parseArgs } from "node:util";
import modbus from "modbus-serial";
import { requestsOf } from "./design.ts";

/**
 * The peer: the same requests at the same pace by modbus-serial, and nothing else is done with what they
 * bring. One request in flight for each PLC, as in the gateway.
 */
const { values: options } = parseArgs({
  options: {
    ports: { type: "string" },
    tags: { type: "string" },
    "period-ms": { type: "string" },
  },
});
const periodMs = Number(options["period-ms"]);
const tagsPerPlc = Number(options.tags);
const requests = requestsOf(tagsPerPlc);
let values = 0;

async function poll(port: number): Promise<never> {
  const client = new modbus.default();
  await client.connectTCP("127.0.0.1", { port });
  client.setID(1);
  client.setTimeout(1000);
  let dueAt = performance.now() + Math.random() * periodMs;
  for (;;) {
    const waitMs = dueAt - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    for (const { first, count } of requests) await client.readHoldingRegisters(first, count);
    values += tagsPerPlc;
    dueAt += periodMs;
  }
}

for (const port of (options.ports ?? "").split(",").map(Number)) {
  poll(port).catch((error: unknown) => {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  });
}

process.on("message", (message: { type: string; id?: number }) => {
  if (message.type === "shutdown") process.exit(0);
  const { user, system } = process.cpuUsage();
  process.send?.({ id: message.id, values, cpuSeconds: (user + system) / 1e6 });
});
process.once("disconnect", () => process.exit(0));
process.send?.({ type: "ready" });
