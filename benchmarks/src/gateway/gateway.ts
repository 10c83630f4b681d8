import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { startBroker } from "../../../mes-server/src/broker/startBroker.ts";
import type { Child } from "../../../whole-plant/src/child.ts";
import { scripts } from "../../../whole-plant/src/paths.ts";
import { until } from "../../../whole-plant/src/until.ts";
import type { BenchOptions } from "../bench-options.ts";
import type { Figure } from "../figure.ts";
import { started } from "../started.ts";
import { deviceMapText, tagsPerSecond, type GatewayLoad } from "./design.ts";
import { processFigures } from "./process-figures.ts";
import type { Heard } from "./subscriber-process.ts";

/**
 * The gateway with its durable outbox between simulated PLCs and an independent subscriber, each in a
 * process of its own; beside it the same reads by modbus-serial and nothing else.
 */
interface Variant {
  /** In the names of its figures; the first has none. */
  readonly name: string;
  readonly load: GatewayLoad;
  readonly targets: Partial<Record<"completeness" | "cpu" | "ageP99" | "rss", number>>;
}

const tagsPerPlc = 1000;
const goals = { completeness: 1, cpu: 2.2, ageP99: 50, rss: 200 };

const variants: readonly Variant[] = [
  { name: "", load: { plcs: 50, tagsPerPlc, periodMs: 1000 }, targets: goals },
  { name: "100k.", load: { plcs: 10, tagsPerPlc, periodMs: 100 }, targets: goals },
  {
    name: "200k.",
    load: { plcs: 20, tagsPerPlc, periodMs: 100 },
    targets: { completeness: 0.99 },
  },
];

/** The gateway lets go of what its start took ten seconds after it. */
const warmUpMs = 12_000;
/** What is on its way when the measurement ends still counts. */
const drainMs = 1500;
const startWithinMs = 60_000;
/** A long run is for the gateway: whether it stays as it is. */
const bareLoopSecondsMax = 20;

export async function measureGateway(
  say: (text: string) => void,
  { seconds }: BenchOptions,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [index, variant] of variants.entries()) {
    const { load } = variant;
    await using plcs = await started("plcs", scriptOf("plc-process.ts"), [String(load.plcs)]);
    const { ports } = (await plcs.child.ready) as unknown as { ports: number[] };
    const bare =
      index === 0
        ? await measureBareLoop(load, ports, Math.min(seconds, bareLoopSecondsMax))
        : undefined;
    if (bare !== undefined) say(`bare loop: ${bare.toFixed(2)} CPU s per million`);
    const measured = await measureVariant(variant, ports, seconds, say);
    figures.push(...measured);
    const cpu = measured.find(({ name }) => name.endsWith("cpuSecondsPerMillion"));
    if (bare === undefined || cpu === undefined) continue;
    figures.push(
      { name: "gateway.bareLoopCpuSecondsPerMillion", value: bare, unit: "s", better: "lower" },
      { name: "gateway.ratioToBareLoop", value: cpu.value / bare, unit: "ratio", better: "lower" },
    );
  }
  return figures;
}

async function measureVariant(
  { name, load, targets }: Variant,
  ports: readonly number[],
  seconds: number,
  say: (text: string) => void,
): Promise<Figure[]> {
  const broker = await startBroker("127.0.0.1", 0);
  const dataDir = mkdtempSync(join(tmpdir(), "only-mes-gateway-"));
  try {
    const mqtt = `mqtt://127.0.0.1:${broker.port}`;
    const tags = load.plcs * load.tagsPerPlc;
    await using subscriber = await started("subscriber", scriptOf("subscriber-process.ts"), [
      "--mqtt",
      mqtt,
      "--tags",
      String(tags),
    ]);
    const mapFile = join(dataDir, "map.yaml");
    const endpoints = ports.map((port) => `tcp://127.0.0.1:${port}`);
    writeFileSync(mapFile, deviceMapText(load, endpoints));
    await using gateway = await started("gateway", scripts.gateway, [
      "--map",
      mapFile,
      "--mqtt",
      mqtt,
      "--data-dir",
      dataDir,
      "--http-port",
      "0",
      "--log-level",
      "warn",
    ]);
    const { http } = (await gateway.child.ready) as unknown as { http: string };
    await until("every tag heard", startWithinMs, async () => {
      const { tagsHeard } = await ask(subscriber.child, "report");
      return tagsHeard === tags ? true : undefined;
    });
    await delay(warmUpMs);
    const periods = Math.floor((seconds * 1000) / load.periodMs);
    const before = await processFigures(http);
    await ask(subscriber.child, "begin", { periods, periodMs: load.periodMs });
    await delay(seconds * 1000);
    const atEnd = await ask(subscriber.child, "report");
    const after = await processFigures(http);
    await delay(drainMs);
    const heard = await ask(subscriber.child, "report");
    const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
    say(
      `${name}${tagsPerSecond(load)} tags/s: ${atEnd.samples} values in ${atEnd.messages} messages, ` +
        `oldest ${heard.ageMaxMs} ms, resident ${before.rssMb.toFixed(0)} -> ${after.rssMb.toFixed(0)} MB`,
    );
    return figuresOf(`gateway.${name}`, targets, {
      samplesPerSecond: atEnd.samples / seconds,
      completeness: heard.delivered / heard.scheduled,
      ageP50Ms: heard.ageP50Ms,
      ageP99Ms: heard.ageP99Ms,
      cpuSecondsPerMillion: (cpuSeconds / atEnd.samples) * 1e6,
      rssMb: Math.max(before.rssMb, after.rssMb),
    });
  } finally {
    await broker.close();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

interface Measured {
  samplesPerSecond: number;
  completeness: number;
  ageP50Ms: number;
  ageP99Ms: number;
  cpuSecondsPerMillion: number;
  rssMb: number;
}

function figuresOf(prefix: string, targets: Variant["targets"], measured: Measured): Figure[] {
  const figure = (
    name: keyof Measured,
    unit: Figure["unit"],
    better: Figure["better"],
    target?: number,
  ): Figure => ({
    name: prefix + name,
    value: measured[name],
    unit,
    better,
    ...(target !== undefined && { target }),
  });
  return [
    figure("samplesPerSecond", "samples/s", "higher"),
    figure("completeness", "ratio", "higher", targets.completeness),
    figure("ageP50Ms", "ms", "lower"),
    figure("ageP99Ms", "ms", "lower", targets.ageP99),
    figure("cpuSecondsPerMillion", "s", "lower", targets.cpu),
    figure("rssMb", "MB", "lower", targets.rss),
  ];
}

/** CPU seconds for a million values. */
async function measureBareLoop(
  { tagsPerPlc: tags, periodMs }: GatewayLoad,
  ports: readonly number[],
  seconds: number,
): Promise<number> {
  await using loop = await started("bare loop", scriptOf("bare-loop-process.ts"), [
    "--ports",
    ports.join(","),
    "--tags",
    String(tags),
    "--period-ms",
    String(periodMs),
  ]);
  const read = () => loop.child.request<{ values: number; cpuSeconds: number }>({ type: "report" });
  await delay(warmUpMs);
  const before = await read();
  await delay(seconds * 1000);
  const after = await read();
  return ((after.cpuSeconds - before.cpuSeconds) / (after.values - before.values)) * 1e6;
}

function ask(
  child: Child,
  type: "begin" | "report",
  more: Record<string, unknown> = {},
): Promise<Heard & { tagsHeard: number }> {
  return child.request({ type, ...more });
}

function scriptOf(file: string): string {
  return join(import.meta.dirname, file);
}
