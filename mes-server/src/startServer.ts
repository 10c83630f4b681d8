import { plantClock } from "@only-mes/protocols/plant/clock";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { collectDefaultMetrics, Registry } from "prom-client";
import { alarmWatcher } from "./alarms/alarmWatcher.ts";
import { startEscalations } from "./andon/startEscalations.ts";
import { openBroker } from "./broker/openBroker.ts";
import { openDeadLetterBox } from "./commit/deadLetterBox.ts";
import { deadLetterGate } from "./commit/deadLetterGate.ts";
import { laneGroup } from "./commit/lanes.ts";
import { startLaneRunner, type LaneRunnerParts } from "./commit/laneRunner.ts";
import { createMeasures } from "./commit/measures.ts";
import { publishCommits } from "./commit/publishCommits.ts";
import type { Config } from "./config/config.ts";
import { gatewayTalk } from "./gateways/gatewayTalk.ts";
import { startIntake, type Intake } from "./intake/startIntake.ts";
import { keepShiftKpis } from "./live/shift-kpis.ts";
import { createHttpEdge } from "./operations/http.ts";
import { startLaneThread } from "./pipeline/laneThread.ts";
import { qualityWatcher } from "./quality/qualityWatcher.ts";
import { readiness } from "./readiness.ts";
import { startRecalculator } from "./recalculation/startRecalculator.ts";
import { lockDirectory } from "./store/embedded/directoryLock.ts";
import { loadSignals } from "./store/loadSignals.ts";
import { openDatabase } from "./store/openDatabase.ts";
import { runJobs } from "./store/runJobs.ts";
import { startStreams } from "./streams/startStreams.ts";
import { crashAt } from "./supervision/crashAt.ts";
import { codeWatcher } from "./stops/codeWatcher.ts";
import { startWatch, type Watch } from "./watch/startWatch.ts";
import { endings, type Endings } from "./supervision/endings.ts";

export interface Server {
  ready: { http: string; mqtt: string; database: string; lines: string[] };
  pids: () => { server: number; database: number | null; broker: number | null };
  /** Ends everything in order; what is queued is committed and acknowledged first. */
  close(): Promise<void>;
}

const serverLockWaitMs = 2000;
const drainMs = 4000;
const jobsEveryMs = 3_600_000;
const batchSamplesMax = 5000;
const lingerMs = 10;
const refoldEveryMs = 1000;
/** How long a sample may be on its way from its machine before silence says something. */
const sampleSettleMs = 2000;
const refoldPageRows = 10_000;

/** Wires the parts of the server together, and starts them. */
export async function startServer(config: Config, log: Logger): Promise<Server> {
  const ending = endings(log);
  try {
    return await start(config, log, ending);
  } catch (error) {
    await ending.all();
    throw error;
  }
}

async function start(config: Config, log: Logger, ending: Endings): Promise<Server> {
  const clock = plantClock(config.clock);
  const crash = crashAt(config.crashAt);
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const measures = createMeasures(registry);

  const lock = await lockDirectory(config.dataDir, "server.lock", serverLockWaitMs);
  ending.push("data directory", () => lock.release());
  const broker = await openBroker(config, log);
  ending.push("broker", () => broker.kept?.close());
  const database = await openDatabase(config, log);
  ending.push("database", () => database.close());
  const { pool } = database;
  if (database.isEmbedded) ending.push("jobs", keepJobsRunning(pool, log));

  const begun: { intake?: Intake; watch?: Watch; isClosing: boolean } = { isClosing: false };
  const gateways = gatewayTalk({ pool, log });
  const edge = createHttpEdge({
    maps: gateways.maps,
    plantChanged: async (recalculated = []) => {
      await begun.intake?.plantChanged();
      publish.recalculated(recalculated);
    },
    config,
    pool,
    clock,
    log,
    registry,
    readiness: readiness({ pool, isClosing: () => begun.isClosing, intake: () => begun.intake }),
  });
  ending.push("http", () => edge.close());
  ending.push("intake", () => begun.intake?.close());

  const gate = deadLetterGate(
    (reason, times) => measures.deadLetters.inc({ reason }, times),
    () => performance.now(),
  );
  const deadLetters = openDeadLetterBox({ pool, gate, plantNow: () => clock.now(), log });
  ending.push("dead letters", () => deadLetters.close());

  const recalculator = startRecalculator({ pool, clock, log });
  ending.push("recalculator", () => recalculator.close());
  const shiftKpis = keepShiftKpis({ pool, clock, log, lines: () => edge.lines() });
  ending.push("shift KPIs", () => shiftKpis.close());

  const publish = publishCommits({
    listener: edge.listener,
    clock,
    measures,
    reached: crash.reached,
  });
  const parts: Omit<LaneRunnerParts, "lane" | "thread"> = {
    pool,
    clock,
    log,
    measures,
    ...crash,
    deadLetters: gate,
    queueSamplesMax: config.queueSamples,
    batchSamplesMax,
    lingerMs,
    refoldEveryMs,
    refoldPageRows,
    onCommitted: (messages, result) => {
      begun.intake?.committed(messages);
      if (result === undefined) return;
      publish.folded(result);
      begun.watch?.committed(result);
    },
    onUnresolved: (messages) => begun.intake?.unresolved(messages),
    onRecalculated: (windows) => {
      publish.recalculated(windows);
      recalculator.wake();
    },
    recheck: async (messages) => (await begun.intake?.recheck(messages)) ?? [...messages],
  };
  const format = database.isEmbedded ? "unnest" : "copy";
  const lanes = laneGroup(
    Array.from({ length: config.lanes }, (_, lane) =>
      startLaneRunner({ ...parts, lane, thread: startLaneThread(format) }),
    ),
  );
  ending.push("lanes", () => lanes.close(drainMs));
  begun.watch = startWatch({
    pool,
    clock,
    log,
    watchers: [
      alarmWatcher({ settleMs: sampleSettleMs * clock.speed }),
      qualityWatcher(),
      codeWatcher(),
    ],
    onTold: (told) => told.forEach(({ line, event }) => edge.tell(line, event)),
  });
  ending.push("watch", () => begun.watch?.close());
  const escalations = startEscalations({ pool, clock, log, tell: edge.tell });
  ending.push("escalations", () => escalations.close());

  const streams = startStreams({
    ...config,
    pool,
    clock,
    log,
    registry,
    mqttUrl: broker.url,
    linePictures: () => edge.linePictures(),
  });
  ending.push("streams", () => streams.close());

  const { url: http } = await edge.listen();
  const stored = await loadSignals(pool);
  edge.listener.onSignals(stored.filter(({ isRetired }) => !isRetired));
  const intake = await startIntake({
    mqttUrl: broker.url,
    hostId: config.hostId,
    reorderMs: config.reorderMs,
    pool,
    lanes,
    clock,
    log,
    measures,
    deadLetters,
    listener: edge.listener,
    stored,
    gateways,
  });
  begun.intake = intake;

  return {
    ready: {
      http,
      mqtt: broker.url,
      database: database.name,
      lines: [...new Set(stored.map(({ definition }) => definition.line.id))].sort(),
    },
    pids: () => ({
      server: process.pid,
      database: database.pid() ?? null,
      broker: broker.kept?.pid ?? null,
    }),
    async close() {
      begun.isClosing = true;
      intake.stop();
      await ending.all();
    },
  };
}

/** Runs the table policies now and then; answers how to stop. */
function keepJobsRunning(pool: Pool, log: Logger): () => void {
  const timer = setInterval(() => {
    runJobs(pool).catch((error: unknown) => log.warn({ err: error }, "a table policy failed"));
  }, jobsEveryMs);
  return () => clearInterval(timer);
}
