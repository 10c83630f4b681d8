import { parseArgs } from "node:util";
import {
  deliveryAcknowledgedMetric,
  formatAcknowledgement,
  type SequenceRange,
} from "@only-mes/protocols/sparkplug/delivery";
import { datatypes, encodePayload } from "@only-mes/protocols/sparkplug/payload";
import { connectAsync } from "mqtt";
import { ageOf } from "./design.ts";
import { readDdata } from "./ddata-reader.ts";
import { PeriodTally } from "./period-tally.ts";

/**
 * The process that hears what the gateway says: it counts by itself what arrives and how old it is, and
 * acknowledges as a host does that commits a few times a second.
 */
export interface Heard {
  /** Values that came since the measurement began, each counted as often as it came. */
  samples: number;
  /** Periods of values, of which at least one value came; and all that there were. */
  delivered: number;
  scheduled: number;
  messages: number;
  ageP50Ms: number;
  ageP99Ms: number;
  ageMaxMs: number;
}

const acknowledgeEveryMs = 100;
const ageMaxMs = 60_000;

const { values: options } = parseArgs({
  options: { mqtt: { type: "string" }, tags: { type: "string" } },
});
const tagsExpected = Number(options.tags);

const client = await connectAsync(options.mqtt ?? "", { clean: true });
const ages = new Uint32Array(ageMaxMs + 1);
const tagOfAlias = new Map<number, number>();
const committed: number[] = [];
let epoch = 0;
let tally: PeriodTally | undefined;
let samples = 0;
let messages = 0;

client.on("message", (topic, payload) => {
  if (!topic.includes("/DDATA/")) return;
  const nowMs = Date.now();
  messages += 1;
  const { integers } = readDdata(payload, (alias, timestampMs, value) => {
    let tag = tagOfAlias.get(alias);
    if (tag === undefined) {
      tag = tagOfAlias.size;
      tagOfAlias.set(alias, tag);
    }
    samples += 1;
    if (tally === undefined) return;
    tally.hear(tag, timestampMs);
    const age = Math.min(Math.max(Math.round(ageOf(value, nowMs)), 0), ageMaxMs);
    ages[age] = (ages[age] ?? 0) + 1;
  });
  const [ofEpoch = 0, sequence = 0] = integers.values();
  epoch = ofEpoch;
  committed.push(sequence);
});

await client.subscribeAsync("spBv1.0/bench/#", { qos: 0 });
await client.publishAsync(
  "spBv1.0/STATE/only-mes",
  JSON.stringify({ online: true, timestamp: Date.now() }),
  { qos: 1, retain: true },
);

setInterval(() => {
  if (committed.length === 0) return;
  const value = formatAcknowledgement({ epoch, ranges: rangesOf(committed.splice(0)) });
  const metrics = [{ name: deliveryAcknowledgedMetric, datatype: datatypes.String, value }];
  const payload = encodePayload({ timestampMs: Date.now(), metrics });
  client.publish("spBv1.0/bench/NCMD/gateway", Buffer.from(payload));
}, acknowledgeEveryMs);

function rangesOf(sequences: number[]): SequenceRange[] {
  const ranges: [number, number][] = [];
  for (const sequence of sequences.sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && sequence <= last[1] + 1) last[1] = sequence;
    else ranges.push([sequence, sequence]);
  }
  return ranges;
}

function ageAt(share: number): number {
  const wanted = ages.reduce((sum, count) => sum + count, 0) * share;
  let sum = 0;
  return ages.findIndex((count) => (sum += count) >= wanted);
}

function heard(): Heard {
  return {
    samples,
    delivered: tally?.delivered ?? 0,
    scheduled: tally?.scheduled ?? 0,
    messages,
    ageP50Ms: ageAt(0.5),
    ageP99Ms: ageAt(0.99),
    ageMaxMs: ages.findLastIndex((count) => count > 0),
  };
}

process.on(
  "message",
  (message: { type: string; id: unknown; periods: number; periodMs: number }) => {
    if (message.type === "shutdown") process.exit(0);
    if (message.type === "begin") {
      tally = new PeriodTally(tagsExpected, message.periods, message.periodMs);
      samples = 0;
      messages = 0;
      ages.fill(0);
    }
    process.send?.({ id: message.id, tagsHeard: tagOfAlias.size, ...heard() });
  },
);
process.once("disconnect", () => process.exit(0));
process.send?.({ type: "ready" });
