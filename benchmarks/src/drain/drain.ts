import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ensureConsole } from "../../../whole-plant/src/console-build.ts";
import { ownDatabase } from "../../../whole-plant/src/own-database.ts";
import { getJson } from "../../../whole-plant/src/plant-api.ts";
import { startPlant, type Plant } from "../../../whole-plant/src/plant.ts";
import { until } from "../../../whole-plant/src/until.ts";
import type { BenchOptions } from "../bench-options.ts";
import type { Figure } from "../figure.ts";
import { deviceMapText, tagsPerSecond, type GatewayLoad } from "../gateway/design.ts";
import { started } from "../started.ts";
import type { Filled } from "./fill-process.ts";
import type { Listened } from "./listener-process.ts";
import { heldOnDisk, missing, type Books } from "./books.ts";

/**
 * After an outage: the gateway with what it held meanwhile on its disk, simulated PLCs that go on, the server
 * with its broker and database, and somebody who only listens; each in a process of its own.
 */
const load: GatewayLoad = { plcs: 10, tagsPerPlc: 100, periodMs: 1000 };
const hourMs = 3_600_000;
const onlineWithinMs = 60_000;
const askEveryMs = 250;
const gatewayGraceMs = 5000;
/** Whoever hears fewer of the present's values than this hears the present too late. */
const liveShareGoal = 0.98;

interface Status {
  produced: { samples: number };
  acknowledged: { samples: number };
  held: { samples: number };
  delivery: { ageMs: { p99: number | null } };
  uplink: { state: string; hasBacklog: boolean; resent: number };
}

export async function measureDrain(
  say: (text: string) => void,
  { seconds, hours }: BenchOptions,
): Promise<Figure[]> {
  const dataDir = mkdtempSync(join(tmpdir(), "only-mes-drain-"));
  try {
    const filled = await fill(join(dataDir, "gateway"), hours, say);
    await using plcs = await started(
      "plcs",
      join(import.meta.dirname, "../gateway/plc-process.ts"),
      [String(load.plcs)],
    );
    const { ports } = (await plcs.child.ready) as unknown as { ports: number[] };
    const deviceMap = join(dataDir, "map.yaml");
    const endpoints = ports.map((port) => `tcp://127.0.0.1:${port}`);
    writeFileSync(deviceMap, deviceMapText(load, endpoints));
    return await measure({ dataDir, deviceMap, seconds, say, filled });
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function fill(dataDir: string, hours: number, say: (text: string) => void): Promise<Filled> {
  const periods = Math.round((hours * hourMs) / load.periodMs);
  const startedAt = performance.now();
  const args = {
    "data-dir": dataDir,
    plcs: load.plcs,
    tags: load.tagsPerPlc,
    "period-ms": load.periodMs,
    "from-ms": Date.now() - periods * load.periodMs,
    periods,
  };
  await using filling = await started(
    "fill",
    join(import.meta.dirname, "fill-process.ts"),
    Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]),
  );
  const filled = (await filling.child.ready) as unknown as Filled;
  const took = (performance.now() - startedAt) / 1000;
  say(
    `${hours} h of ${tagsPerSecond(load)} samples/s: ${filled.samples} samples, ` +
      `${megabytes(filled.heldBytes).toFixed(0)} MB, filled within ${took.toFixed(0)} s`,
  );
  return filled;
}

interface Outage {
  dataDir: string;
  deviceMap: string;
  seconds: number;
  say: (text: string) => void;
  filled: Filled;
}

async function measure({ dataDir, deviceMap, seconds, say, filled }: Outage): Promise<Figure[]> {
  await using database = await ownDatabase();
  await using stack = new AsyncDisposableStack();
  const listener = Promise.withResolvers<Awaited<ReturnType<typeof started>>>();
  const now = Date.now();
  const plant = await startPlant({
    dataDir,
    clock: { realOriginMs: now, plantOriginMs: now, speed: 1 },
    seed: 1,
    httpPort: 0,
    mqttPort: 0,
    lanes: 1,
    simulators: false,
    consoleDir: ensureConsole(),
    deviceMap,
    ...(database.url !== undefined && { databaseUrl: database.url }),
    mqttFor: async (mqtt) => {
      const script = join(import.meta.dirname, "listener-process.ts");
      listener.resolve(stack.use(await started("listener", script, [mqtt])));
      return mqtt;
    },
    onRestart: (name, why) => say(`${name} died: ${why}`),
  });
  stack.defer(() => plant.stop());
  const { child } = await listener.promise;
  const status = await statusOf(plant);
  await until("the drain begun", onlineWithinMs, async () => {
    const { acknowledged } = await status();
    return acknowledged.samples > 0 ? true : undefined;
  });
  await child.request({ type: "begin" });
  const from = await status();
  if (!from.uplink.hasBacklog) throw new Error("all was drained at once: give more --hours");
  const startedAt = performance.now();
  let to = from;
  while (performance.now() - startedAt < seconds * 1000 && (to === from || to.uplink.hasBacklog)) {
    await delay(askEveryMs);
    to = await status();
  }
  const took = (performance.now() - startedAt) / 1000;
  const listened = await child.request<Listened>({ type: "report" });
  const drained = from.held.samples - to.held.samples;
  say(
    `drained ${drained} samples in ${took.toFixed(1)} s${to.uplink.hasBacklog ? "" : ", which was all"}; ` +
      `${to.uplink.resent} messages sent twice`,
  );
  say(
    `heard ${listened.live} live samples, age p50 ${listened.ageP50Ms} ms, oldest ${listened.ageMaxMs} ms, ` +
      `and ${listened.historical} held ones`,
  );
  const books = await closeBooks(plant, join(dataDir, "gateway"));
  say(
    `produced ${books.produced} = acknowledged ${books.acknowledged} + held ${books.held} + dropped ${books.dropped}; ` +
      `in the database ${books.stored}`,
  );
  const live = tagsPerSecond(load);
  // At the end of a backlog comes what was read before the session began: it was never sent as the present.
  const commitAge = to.uplink.hasBacklog ? to.delivery.ageMs.p99 : null;
  // What came in meanwhile was delivered beside it, or it would be held now.
  const perSecond = drained / took;
  return [
    { name: "drain.samplesPerSecond", value: perSecond, unit: "samples/s", better: "higher" },
    {
      name: "drain.ratioToLiveRate",
      value: perSecond / live,
      unit: "ratio",
      target: 5,
      better: "higher",
    },
    {
      name: "drain.liveAgeP99Ms",
      value: listened.ageP99Ms,
      unit: "ms",
      target: 1000,
      better: "lower",
    },
    {
      name: "drain.liveShare",
      value: listened.live / took / live,
      unit: "ratio",
      target: liveShareGoal,
      better: "higher",
    },
    ...(commitAge === null
      ? []
      : [
          { name: "drain.liveCommitAgeMs", value: commitAge, unit: "ms", better: "lower" } as const,
        ]),
    {
      name: "drain.outboxMegabytes",
      value: megabytes(filled.heldBytes),
      unit: "MB",
      better: "lower",
    },
    { name: "drain.lost", value: missing(books), unit: "count", target: 0, better: "lower" },
  ];
}

async function statusOf({ gateway }: Plant): Promise<() => Promise<Status>> {
  const ready = await gateway?.ready();
  return async () => (await getJson(`${String(ready?.["http"])}/status`)) as Status;
}

/** What the gateway wrote down when it ended, beside what its disk and the database hold. */
async function closeBooks(plant: Plant, gatewayDir: string): Promise<Books> {
  await plant.gateway?.stop(gatewayGraceMs);
  const { items } = (await getJson(`${plant.http}/api/v1/sources`)) as {
    items: { samples: number }[];
  };
  const stored = items.reduce((sum, { samples }) => sum + samples, 0);
  return { ...heldOnDisk(gatewayDir), stored };
}

function megabytes(bytes: number): number {
  return bytes / 2 ** 20;
}
