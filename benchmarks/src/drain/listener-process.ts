import { connectAsync } from "mqtt";
import { readDdata } from "../gateway/ddata-reader.ts";

/**
 * The process that only listens: how old values are that come as the present, by their own time. What
 * comes as history counts apart.
 */
export interface Listened {
  live: number;
  historical: number;
  ageP50Ms: number;
  ageP99Ms: number;
  ageMaxMs: number;
}

const ageMaxMs = 60_000;

const ages = new Uint32Array(ageMaxMs + 1);
let live = 0;
let historical = 0;

const client = await connectAsync(process.argv[2] ?? "", { clean: true });
client.on("message", (topic, payload) => {
  if (!topic.includes("/DDATA/")) return;
  const nowMs = Date.now();
  readDdata(payload, (_alias, timestampMs, _value, isHistorical) => {
    if (isHistorical) {
      historical += 1;
      return;
    }
    live += 1;
    const age = Math.min(Math.max(nowMs - timestampMs, 0), ageMaxMs);
    ages[age] = (ages[age] ?? 0) + 1;
  });
});
await client.subscribeAsync("spBv1.0/bench/#", { qos: 0 });

function ageAt(share: number): number {
  let sum = 0;
  return ages.findIndex((count) => (sum += count) >= live * share && sum > 0);
}

process.on("message", (message: { type: string; id?: number }) => {
  if (message.type === "shutdown") process.exit(0);
  if (message.type === "begin") {
    live = 0;
    historical = 0;
    ages.fill(0);
  }
  const listened: Listened = {
    live,
    historical,
    ageP50Ms: ageAt(0.5),
    ageP99Ms: ageAt(0.99),
    ageMaxMs: ages.findLastIndex((count) => count > 0),
  };
  process.send?.({ id: message.id, ...listened });
});
process.once("disconnect", () => process.exit(0));
process.send?.({ type: "ready" });
