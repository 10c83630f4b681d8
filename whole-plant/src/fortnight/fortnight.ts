import type { RecalculationOfLine } from "@only-mes/protocols/console/kpis";
import { plantClock, type ClockSetting } from "@only-mes/protocols/plant/clock";
import { fraction, randomFor } from "@only-mes/simulators/clock/random";
import { startFeedNode } from "@only-mes/simulators/feed/feed-node";
import { plantHistory, type PlantHistory } from "@only-mes/simulators/feed/plant-history";
import { riverside } from "@only-mes/simulators/plant/riverside";
import { ensureConsole } from "../console-build.ts";
import { ownDatabase } from "../own-database.ts";
import { everyItem, plantApi, type PlantApi } from "../plant-api.ts";
import { startPlant, type Plant } from "../plant.ts";
import { until } from "../until.ts";
import { localMs, openingsOf, plannedShifts, firstDate, type PlannedShift } from "./calendar.ts";
import { desk, type Desk } from "./desk.ts";
import { idealRates } from "./ideal-rates.ts";
import { people, type People } from "./people.ts";
import { pump, type Pumped } from "./pump.ts";
import { clearSky, roughWeather } from "./weather.ts";

/** Weeks of a plant, lived through within minutes: real server, broker and database, no PLC. */
export interface FortnightInput {
  seed: number;
  days: number;
  speed: number;
  lanes: number;
  isRough: boolean;
  dataDir: string;
  say: (text: string) => void;
}

/** What was lived through, while the server still stands. */
export interface Lived {
  plant: Plant;
  api: PlantApi;
  history: PlantHistory;
  shifts: PlannedShift[];
  people: People;
  desk: Desk;
  fromMs: number;
  toMs: number;
  pumped: Pumped & { resent: number };
  kills: Record<string, number>;
}

const hourMs = 3_600_000;
const settledWithinMs = 180_000;

/** Lives through the days, then lets `judge` look at the plant before it is stopped. */
export async function liveThrough<Result>(
  input: FortnightInput,
  judge: (lived: Lived) => Promise<Result>,
): Promise<Result> {
  const fromMs = localMs(firstDate, 0);
  const shifts = plannedShifts(input.days);
  const toMs = fromMs + input.days * 24 * hourMs;
  const setting: ClockSetting = {
    realOriginMs: Date.now(),
    plantOriginMs: fromMs,
    speed: input.speed,
  };
  await using database = await ownDatabase();
  const plant = await startPlant({
    dataDir: input.dataDir,
    clock: setting,
    seed: input.seed,
    httpPort: 0,
    mqttPort: 0,
    lanes: input.lanes,
    simulators: false,
    consoleDir: ensureConsole(),
    ...(database.url !== undefined && { databaseUrl: database.url }),
    onRestart: (name, why) => input.say(`${name} ended (${why}); starting it again`),
  });
  try {
    const history = plantHistory({
      design: riverside,
      enterprise: "northwind",
      site: "riverside",
      seed: input.seed,
      originMs: fromMs,
      openings: openingsOf(shifts),
      idealRates,
    });
    const api = plantApi(plant.http);
    const clock = plantClock(setting);
    const node = await startFeedNode({
      mqttUrl: plant.mqtt,
      group: "riverside",
      node: "hall-1",
      device: "machines",
      signals: history.signals,
      hostId: "only-mes",
      epoch: fromMs,
      now: () => clock.now(),
    });
    const crew = people(history, { shifts, fromMs, toMs });
    const commands = desk(plant.http, input);
    await bornLines(api);
    crew.prepare(commands);
    const kills = killPlan(input, fromMs, toMs);
    const killed: Record<string, number> = {};
    const pumped = await pump({
      history,
      node,
      clock,
      weather: input.isRough ? roughWeather(input.seed) : clearSky,
      fromMs,
      toMs,
      async onStep(nowMs) {
        while ((kills[0]?.atMs ?? Infinity) <= nowMs) {
          const part = kills.shift()?.part ?? "server";
          input.say(`${new Date(nowMs).toISOString()}  kill -9 ${part}`);
          killed[part] = (killed[part] ?? 0) + 1;
          await kill(plant, part);
        }
        crew.act(commands, nowMs);
        await commands.send(nowMs);
      },
    });
    const resent = node.resent();
    await node.close();
    await settled(plant, api);
    await commands.finish();
    await settled(plant, api);
    return await judge({
      plant,
      api,
      history,
      people: crew,
      desk: commands,
      shifts,
      fromMs,
      toMs,
      pumped: { ...pumped, resent },
      kills: killed,
    });
  } finally {
    await plant.stop();
  }
}

type Part = "server" | "database" | "broker";

/** Spread over the middle of the time. */
function killPlan({ seed, isRough, days }: FortnightInput, fromMs: number, toMs: number) {
  if (!isRough) return [];
  const random = randomFor(seed, "kills");
  const parts: Part[] = ["server", "database", "server", "broker"];
  const each = Math.max(1, Math.round(days / 7));
  return Array.from({ length: parts.length * each }, (_, index) => ({
    part: parts[index % parts.length] ?? "server",
    atMs: fromMs + (0.05 + 0.85 * fraction(random)) * (toMs - fromMs),
  })).sort((a, b) => a.atMs - b.atMs);
}

async function kill(plant: Plant, part: Part): Promise<void> {
  const child = plant.server.current();
  if (part === "server") {
    child.kill();
    await child.exited;
    await plant.server.ready();
    return;
  }
  const pids = await child.request<Record<string, number | null>>({ type: "pids" });
  const pid = pids[part];
  if (pid !== null && pid !== undefined) process.kill(pid, "SIGKILL");
}

/** Both lines are known, so that a calendar can be given to their site. */
async function bornLines(api: PlantApi): Promise<void> {
  await until("the lines of the plant", settledWithinMs, async () =>
    (await api.lines()).length === riverside.lines.length ? true : undefined,
  );
}

/** Nothing is left to fold or to derive again. */
async function settled(plant: Plant, api: PlantApi): Promise<void> {
  await until("the last fold", settledWithinMs, async () =>
    (await api.metric("only_mes_dirty_windows")) === 0 ? true : undefined,
  );
  if (process.env.NOKPI === undefined)
    await until("the last hour derived", settledWithinMs, async () => {
      const lines = await everyItem<RecalculationOfLine>(`${plant.http}/api/v1/recalculation`);
      return lines.every(({ dirtyHours }) => dirtyHours === 0) ? true : undefined;
    });
}
