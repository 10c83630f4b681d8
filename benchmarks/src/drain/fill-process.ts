import { setImmediate as turn } from "node:timers/promises";
import { parseArgs } from "node:util";
import { datatypes } from "@only-mes/protocols/sparkplug/payload";
import { Outbox } from "../../../gateway-agent/src/outbox/outbox.ts";
import { clockValue, plcId, signalOf } from "../gateway/design.ts";

/**
 * The process that lives through the outage: what the gateway would have stored, through its own outbox
 * and with the names of the same device map, as fast as the disk takes it. One transaction for each
 * period, one message for each PLC in it.
 */
export interface Filled {
  readonly samples: number;
  readonly heldBytes: number;
}

const { values: options } = parseArgs({
  options: {
    "data-dir": { type: "string" },
    plcs: { type: "string" },
    tags: { type: "string" },
    "period-ms": { type: "string" },
    "from-ms": { type: "string" },
    periods: { type: "string" },
  },
});
const plcs = Number(options.plcs);
const tagsPerPlc = Number(options.tags);
const periodMs = Number(options["period-ms"]);
const periods = Number(options.periods);
/** So often the process hears whether it is to end. */
const periodsPerTurn = 60;

let nowMs = Number(options["from-ms"]);
const outbox = new Outbox({
  dataDir: options["data-dir"] ?? "",
  now: () => nowMs,
  reached: () => {},
  caps: { bytesMax: Infinity, policy: "analogs-first", ageMaxMs: Infinity },
  isPrecious: () => false,
  committed: () => {},
  failed: (error) => {
    throw error;
  },
});
process.once("disconnect", () => process.exit(0));
process.on("message", () => process.exit(0));

const devices = Array.from({ length: plcs }, (_, plc) => {
  const id = plcId(plc);
  outbox.aliases.ofDelivery(id);
  const metrics = Array.from({ length: tagsPerPlc }, (_, tag) => ({
    name: signalOf(plc, tag),
    datatype: datatypes.Float,
  }));
  return {
    id,
    names: {
      aliases: outbox.aliases.of(id, metrics),
      datatypes: metrics.map(({ datatype }) => datatype),
    },
  };
});
const readings = {
  count: tagsPerPlc,
  tag: (index: number) => index,
  timeMs: () => nowMs,
  value: () => clockValue(nowMs),
};
for (let period = 0; period < periods; period += 1) {
  for (const { id, names } of devices) outbox.appendColumns(id, readings, names, nowMs);
  outbox.flush();
  nowMs += periodMs;
  if (period % periodsPerTurn === 0) await turn();
}
const { held, heldBytes } = outbox.figures();
outbox.close();
const filled: Filled = { samples: held.samples, heldBytes };
process.send?.({ type: "ready", ...filled });
