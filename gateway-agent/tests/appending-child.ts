import { datatypes } from "@only-mes/protocols/sparkplug/payload";
import { Outbox } from "../src/outbox/outbox.ts";

/** Appends as fast as it can until it is killed, and tells its parent of each durable message. */
const outbox = new Outbox({
  dataDir: process.argv[2] ?? "",
  now: Date.now,
  reached: () => undefined,
  caps: { bytesMax: 2 ** 40, policy: "analogs-first", ageMaxMs: 2 ** 40 },
  isPrecious: () => false,
  committed: (messages) => process.send?.(messages.at(-1)?.sequence),
  failed: (error) => {
    throw error;
  },
});

function append(): void {
  const now = Date.now();
  const samples = Array.from({ length: 200 }, (_, value) => ({
    alias: 500 + value,
    datatype: datatypes.Double,
    timestampMs: now,
    value,
  }));
  outbox.append("plc", samples, now);
  outbox.flush();
  setImmediate(append);
}

append();
