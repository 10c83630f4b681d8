import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RecalculationOfLine } from "@only-mes/protocols/console/kpis";
import type { SignalDefinition } from "@only-mes/protocols/plant/signal";
import { startFeedNode, type FeedNode } from "@only-mes/simulators/feed/feed-node";
import type { FeedSample, FeedSignal } from "@only-mes/simulators/feed/feed-payloads";
import { ensureConsole } from "../../whole-plant/src/console-build.ts";
import { ownDatabase } from "../../whole-plant/src/own-database.ts";
import { everyItem, plantApi, type PlantApi } from "../../whole-plant/src/plant-api.ts";
import { startPlant, type Plant } from "../../whole-plant/src/plant.ts";
import { until } from "../../whole-plant/src/until.ts";
import type { BenchOptions } from "./bench-options.ts";
import { percentile, type Figure } from "./figure.ts";

/**
 * A line of many machines comes back after hours: its present goes on, its past arrives as fast as it is
 * taken. How long until all that follows from the past is folded and derived again, and how late the
 * present is meanwhile, from publish to the acknowledgement after commit.
 */
const machines = 20;
const signalsPerMachine = 3;
const periodMs = 1000;
const hourMs = 3_600_000;
const statePeriods = 300;
const scrapPeriods = 100;
const messageSamples = 1000;
const unacknowledgedMax = 16;
const foldedWithinMs = 600_000;
const states = { 6: "Execute", 11: "Held" } as const;

export async function measureBackfill(
  say: (text: string) => void,
  { hours }: BenchOptions,
): Promise<Figure[]> {
  const dataDir = mkdtempSync(join(tmpdir(), "only-mes-backfill-"));
  await using database = await ownDatabase();
  const now = Date.now();
  const plant = await startPlant({
    dataDir,
    clock: { realOriginMs: now, plantOriginMs: now, speed: 1 },
    seed: 1,
    httpPort: 0,
    mqttPort: 0,
    lanes: 2,
    simulators: false,
    consoleDir: ensureConsole(),
    ...(database.url !== undefined && { databaseUrl: database.url }),
    onRestart: say,
  });
  try {
    return await measure(plant, hours, say);
  } finally {
    await plant.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function measure(
  plant: Plant,
  hours: number,
  say: (text: string) => void,
): Promise<Figure[]> {
  const endMs = Math.floor(Date.now() / periodMs) * periodMs;
  const periods = Math.round((hours * hourMs) / periodMs);
  const beginMs = endMs - periods * periodMs;
  const node = await startFeedNode({
    mqttUrl: plant.mqtt,
    group: "bench",
    node: "backfill",
    device: "plc",
    signals: signalsOfLine(),
    hostId: "only-mes",
    epoch: endMs,
    now: () => Date.now(),
  });
  const api = plantApi(plant.http);
  await node.send(samplesAt(0, beginMs));
  const present = presentOf(node, periods, beginMs);
  await present.begun;

  const startedAt = performance.now();
  const count = await sendPast(node, periods, beginMs);
  const committedAt = performance.now();
  say(`${count} samples of the past committed within ${seconds(startedAt, committedAt)} s`);
  await until("everything folded and derived again", foldedWithinMs, () =>
    isQuiet(api, plant.http),
  );
  const foldedAt = performance.now();
  say(`folded and derived again ${seconds(committedAt, foldedAt)} s later`);
  const latencies = await present.end();
  await node.close();
  await checkCounts(api, beginMs, periods);
  return [
    { name: "backfill.samples", value: count, unit: "count", better: "higher" },
    {
      name: "backfill.commitSeconds",
      value: (committedAt - startedAt) / 1000,
      unit: "s",
      better: "lower",
    },
    {
      name: "backfill.foldedAfterSeconds",
      value: (foldedAt - committedAt) / 1000,
      unit: "s",
      target: 10,
      better: "lower",
    },
    {
      name: "backfill.liveP99Ms",
      value: percentile(latencies, 0.99),
      unit: "ms",
      target: 1000,
      better: "lower",
    },
    { name: "backfill.liveMaxMs", value: Math.max(...latencies), unit: "ms", better: "lower" },
  ];
}

/** The present of every machine, once a period, each on its way before the next. */
function presentOf(
  node: FeedNode,
  periods: number,
  beginMs: number,
): { begun: Promise<void>; end(): Promise<number[]> } {
  const latencies: number[] = [];
  const sent: Promise<void>[] = [];
  let period = periods;
  const tick = (): void => {
    const at = performance.now();
    const samples = samplesAt(period, beginMs + period * periodMs);
    period += 1;
    sent.push(node.send(samples).then(() => void latencies.push(performance.now() - at)));
  };
  tick();
  const timer = setInterval(tick, periodMs);
  return {
    begun: sent[0] ?? Promise.resolve(),
    async end() {
      clearInterval(timer);
      await Promise.all(sent);
      return latencies;
    },
  };
}

async function sendPast(node: FeedNode, periods: number, beginMs: number): Promise<number> {
  const onTheWay = new Set<Promise<void>>();
  let count = 0;
  let samples: FeedSample[] = [];
  const flush = async (): Promise<void> => {
    const sending = node.send(samples, { isHistorical: true });
    count += samples.length;
    samples = [];
    onTheWay.add(sending);
    void sending.then(() => onTheWay.delete(sending));
    while (onTheWay.size >= unacknowledgedMax) await Promise.race(onTheWay);
  };
  for (let period = 1; period < periods; period += 1) {
    samples.push(...samplesAt(period, beginMs + period * periodMs));
    if (samples.length >= messageSamples) await flush();
  }
  if (samples.length > 0) await flush();
  await Promise.all(onTheWay);
  return count;
}

/** Neither windows of samples nor hours of KPIs are older than what they follow from. */
async function isQuiet(api: PlantApi, http: string): Promise<true | undefined> {
  if ((await api.metric("only_mes_dirty_windows")) > 0) return undefined;
  const lines = await everyItem<RecalculationOfLine>(`${http}/api/v1/recalculation`);
  return lines.every(({ dirtyHours }) => dirtyHours === 0) ? true : undefined;
}

/** Every piece of the past is counted: one a machine and period, the first one's own not among them. */
async function checkCounts(api: PlantApi, beginMs: number, periods: number): Promise<void> {
  const endMs = beginMs + (periods - 1) * periodMs;
  for (const machine of [0, machines - 1]) {
    const { good } = await api.counts(`backfill.m${machine}`, beginMs, endMs + 1);
    if (good !== periods - 1) {
      throw new Error(`machine ${machine} has ${good} pieces of ${periods - 1}`);
    }
  }
}

function signalsOfLine(): FeedSignal[] {
  const line = { id: "backfill", name: "Backfill", enterprise: "bench", site: "bench", area: "a" };
  return Array.from({ length: machines }, (_, machine): FeedSignal[] => {
    const rest = {
      line,
      unit: {
        id: `m${machine}`,
        name: `Machine ${machine}`,
        position: machine,
        pacesLine: machine === 0,
        outputOfLine: machine === machines - 1,
        idealRatePerMinute: 60,
      },
      periodMs,
      heartbeatMs: 10_000,
    };
    const counter = { counterBits: 32 as const, maxRatePerSecond: 1000 };
    const definitions: SignalDefinition[] = [
      { ...rest, name: "state", role: "machineState", states },
      { ...rest, name: "good-count", role: "goodCount", ...counter },
      { ...rest, name: "scrap-count", role: "scrapCount", ...counter },
    ];
    return definitions.map((definition) => ({ definition, datatype: 7 }));
  }).flat();
}

/** What has changed since the period before: pieces always, states and scrap now and then. */
function samplesAt(period: number, atMs: number): FeedSample[] {
  return Array.from({ length: machines }, (_, machine): FeedSample[] => {
    const first = machine * signalsPerMachine;
    const isOf = (each: number): boolean => (period + machine * 7) % each === 0 || period === 0;
    const running = Math.floor((period + machine * 7) / statePeriods) % 5 !== 4;
    return [
      ...(isOf(statePeriods) ? [{ signal: first, atMs, value: running ? 6 : 11 }] : []),
      { signal: first + 1, atMs, value: period },
      ...(isOf(scrapPeriods)
        ? [{ signal: first + 2, atMs, value: Math.floor(period / scrapPeriods) }]
        : []),
    ];
  }).flat();
}

function seconds(from: number, to: number): string {
  return ((to - from) / 1000).toFixed(1);
}
