import { plantClock, type ClockSetting } from "@only-mes/protocols/plant/clock";
import { mqttChaosProxy } from "@only-mes/simulators/faults/mqttChaosProxy";
import { planFaults } from "@only-mes/simulators/faults/plan";
import { allDevicesConnected, gatewayStatus, runCampaign } from "./campaign.ts";
import { compareUnit, type Blindness, type Span, type UnitTruth } from "./compare.ts";
import { ensureConsole } from "./console-build.ts";
import { ownDatabase } from "./own-database.ts";
import { plantApi, type PlantApi } from "./plant-api.ts";
import { startPlant, type Plant } from "./plant.ts";
import type { SimulateOptions } from "./simulate-options.ts";
import { until } from "./until.ts";

/** What a simulated run has shown. `equal` is true if there is no difference at all. */
export interface Verdict {
  seed: number;
  equal: boolean;
  differences: string[];
  truth: { units: Record<string, TruthRow> };
  result: { units: Record<string, ResultRow>; samples: SampleBalance; deadLetters: number };
  faults: Record<string, number>;
  figures: { realSeconds: number; toleranceMs: number; restarts: Record<string, number> };
}

interface TruthRow {
  good: number;
  scrap: number;
  stateChanges: number;
  resets: number;
}

interface ResultRow {
  good: number;
  scrap: number;
  stateChanges: number;
  stateTimeErrorMsMax: number;
  unobservedSeconds: number;
  rollovers: number;
  resets: number;
  quarantined: number;
}

interface SampleBalance {
  produced: number;
  committed: number;
  lost: number;
  doubled: number;
}

interface PlantTruth {
  /** Production has ended; `toMs` is when. */
  frozen: boolean;
  fromMs: number;
  toMs: number;
  units: Record<string, UnitTruth & { resets: unknown[] }>;
}

export type RunInput = Omit<SimulateOptions, "data-dir"> & {
  dataDir: string;
  say: (text: string) => void;
};

const settledWithinMs = 120_000;

/** The gateway's shortest poll period in the machine's own time, whatever the speed. */
const pollFloorMs = 20;
const pollPeriodMs = 250;

export async function simulate(input: RunInput): Promise<Verdict> {
  const startedAt = performance.now();
  const clock: ClockSetting = {
    realOriginMs: Date.now(),
    plantOriginMs: Math.floor(Date.now() / 60_000) * 60_000,
    speed: input.speed,
  };
  await using database = await ownDatabase();
  const proxy = mqttChaosProxy({ seed: input.seed });
  const plant = await startPlant({
    dataDir: input.dataDir,
    clock,
    seed: input.seed,
    httpPort: 0,
    mqttPort: 0,
    lanes: input.lanes,
    simulators: true,
    consoleDir: ensureConsole(),
    minutes: input.minutes,
    ...(database.url !== undefined && { databaseUrl: database.url }),
    mqttFor: (mqtt) => proxy.listenBefore(mqtt),
    onRestart: (name, why) => input.say(`        ${name} ended (${why}); starting it again`),
  });
  try {
    const begun = performance.now();
    const durationMs = (input.minutes * 60_000) / input.speed;
    input.say(
      `the plant runs for ${Math.round(durationMs / 1000)} s at ${input.speed} × real time`,
    );
    const plan = planFaults(input.seed, durationMs, input.faults);
    const campaign = await runCampaign({
      plant,
      proxy,
      clock,
      plan,
      startedAt: begun,
      say: input.say,
    });
    await frozen(plant, durationMs - (performance.now() - begun));
    const api = plantApi(plant.http);
    await settled(plant, api);
    const truth = await truthOf(plant);
    return await judge({ input, api, plant, truth, ...campaign, startedAt, clock });
  } finally {
    await plant.stop();
    await proxy.close();
  }
}

async function truthOf(plant: Plant): Promise<PlantTruth> {
  const answer = await plant.simulators
    ?.current()
    .request<{ truth: PlantTruth }>({ type: "truth" });
  if (answer === undefined) throw new Error("this plant has no simulators, so it has no truth");
  return answer.truth;
}

/** The plant ends by itself after its minutes; then every machine stands, and counters stay. */
async function frozen(plant: Plant, inMs: number): Promise<void> {
  await until("the end of the plant's minutes", Math.max(0, inMs) + 30_000, async () =>
    (await truthOf(plant)).frozen ? true : undefined,
  );
}

/**
 * All is well again: whatever the gateway had put into its outbox when the machines stood is
 * committed, without a gap, and nothing is left to fold again. Heartbeats go on meanwhile.
 */
async function settled(plant: Plant, api: PlantApi): Promise<void> {
  await allDevicesConnected(plant);
  const { messages } = (await gatewayStatus(plant)).produced;
  await until("the last sample in the database", settledWithinMs, async () => {
    const [source] = await api.sources();
    const [first = 0, last = 0] = source?.committed[0] ?? [];
    return first === 1 && last >= messages ? true : undefined;
  });
  let before = "";
  await until("the last fold", settledWithinMs, async () => {
    const dirtyWindows = await api.metric("only_mes_dirty_windows");
    const now = JSON.stringify((await api.lines()).map(({ id, good, scrap }) => [id, good, scrap]));
    const quiet = dirtyWindows === 0 && now === before;
    before = now;
    return quiet ? true : undefined;
  });
}

interface JudgeInput {
  input: RunInput;
  api: PlantApi;
  plant: Plant;
  truth: PlantTruth;
  injected: Record<string, number>;
  blindness: Blindness[];
  startedAt: number;
  clock: ClockSetting;
}

async function judge(given: JudgeInput): Promise<Verdict> {
  const { input, api, plant, truth } = given;
  const toleranceMs = Math.max(pollPeriodMs, pollFloorMs * input.speed);
  const verdict: Verdict = {
    seed: input.seed,
    equal: false,
    differences: [],
    truth: { units: {} },
    result: {
      units: {},
      samples: { produced: 0, committed: 0, lost: 0, doubled: 0 },
      deadLetters: (await api.deadLetters()).length,
    },
    faults: given.injected,
    figures: {
      realSeconds: Math.round((performance.now() - given.startedAt) / 1000),
      toleranceMs,
      restarts: { server: plant.server.restarts(), gateway: plant.gateway?.restarts() ?? 0 },
    },
  };
  for (const [unit, truthOfUnit] of Object.entries(truth.units)) {
    await judgeUnit(given, verdict, unit, truthOfUnit, toleranceMs);
  }
  const samples = await balance(given);
  const { deadLetters } = verdict.result;
  verdict.result.samples = samples;
  if (samples.lost > 0) verdict.differences.push(`${samples.lost} samples were lost`);
  if (samples.doubled > 0) verdict.differences.push(`${samples.doubled} samples came twice`);
  if (deadLetters > 0) verdict.differences.push(`${deadLetters} dead letters`);
  return { ...verdict, equal: verdict.differences.length === 0 };
}

async function judgeUnit(
  { api, plant, truth, blindness, clock }: JudgeInput,
  verdict: Verdict,
  unit: string,
  truthOfUnit: PlantTruth["units"][string],
  toleranceMs: number,
): Promise<void> {
  const fromMs = truth.fromMs - 3_600_000;
  const counts = await api.counts(unit, fromMs, plantClock(clock).now() + 60_000);
  const states = await api.states(unit, fromMs, plantClock(clock).now() + 60_000);
  const result: UnitTruth = {
    good: counts.good,
    scrap: counts.scrap,
    states: states.map(({ state, from, to }): Span => ({
      state,
      fromMs: Date.parse(from),
      toMs: to === null ? null : Date.parse(to),
    })),
  };
  const { differences, ...comparison } = compareUnit({
    unit,
    truth: truthOfUnit,
    result,
    fromMs: plant.begunAtMs ?? truth.fromMs,
    toMs: truth.toMs,
    toleranceMs,
    blindness,
  });
  verdict.differences.push(...differences);
  verdict.truth.units[unit] = {
    good: truthOfUnit.good,
    scrap: truthOfUnit.scrap,
    stateChanges: truthOfUnit.states.length,
    resets: truthOfUnit.resets.length,
  };
  verdict.result.units[unit] = {
    good: counts.good,
    scrap: counts.scrap,
    stateChanges: comparison.stateChanges,
    stateTimeErrorMsMax: comparison.stateTimeErrorMsMax,
    unobservedSeconds: Math.round(comparison.unobservedMs / 1000),
    rollovers: counts.rollovers,
    resets: counts.resets,
    quarantined: counts.quarantined,
  };
}

/**
 * Samples that the gateway put into its outbox, beside those that the server committed. Heartbeats
 * would go on for ever, so the machines are switched off first: then both come to rest.
 */
async function balance({ plant, api }: JudgeInput): Promise<SampleBalance> {
  await plant.simulators?.stop(5000);
  const status = await until("an outbox that is empty", settledWithinMs, async () => {
    const { devices, held, ...amounts } = await gatewayStatus(plant);
    const off = Object.values(devices).every(({ connected }) => !connected);
    return off && held.messages === 0 ? amounts : undefined;
  });
  const sources = await api.sources();
  const committed = sources.reduce((sum, { samples }) => sum + samples, 0);
  const produced = status.produced.samples - status.dropped.samples;
  return {
    produced,
    committed,
    lost: Math.max(0, produced - committed),
    doubled: Math.max(0, committed - produced),
  };
}
