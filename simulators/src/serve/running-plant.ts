import { join } from "node:path";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import { dwellMsMin, never } from "../plant/design.ts";
import type { PlantDesign } from "../plant/lakeside.ts";
import type { LineObserver } from "../plant/line.ts";
import { newPlantState, Plant } from "../plant/plant.ts";
import { TruthRecorder, type PlantTruth, type TruthEntry } from "../plant/truth.ts";
import { AppendLog, readEntries } from "../state/append-log.ts";
import { formatSnapshot, readSnapshot, writeSnapshot, type Snapshot } from "../state/snapshot.ts";

/**
 * The plant on the clock, kept on disk: killed at any moment, it goes on from its last snapshot and
 * comes to the same counters again, since the same things happen again.
 */
export interface RunningPlant {
  readonly plant: Plant;
  /** Tells of all that happens from now on. */
  observe(observer: LineObserver): void;
  /** Lets happen what is due by now. Answers the instant, in plant time. */
  advance(): number;
  begin(): number;
  /** Settles, with the instant, when the last machine has stopped. */
  freeze(): Promise<number>;
  truth(): PlantTruth;
  /** Settles when all until now is on disk. */
  save(): Promise<void>;
  close(): Promise<void>;
}

export interface RunningPlantOptions {
  design: PlantDesign;
  seed: number;
  clock: PlantClock;
  stateDir: string;
  /** Every piece, state change and reset as a line of JSON. */
  truthFile?: string;
  /** Freezes by itself after so long in production. */
  forMs?: number;
  waitForBegin: boolean;
}

/** After a crash the plant runs on at least so long past its snapshot, shut or not: a gateway may have read it. */
export function runOnMs(speed: number): number {
  return Math.max(60_000, 10_000 * speed);
}

/** Away for longer than this, the plant was shut. */
export function shutAfterMs(speed: number): number {
  return Math.max(600_000, runOnMs(speed));
}

export async function runPlant(options: RunningPlantOptions): Promise<RunningPlant> {
  const { design, clock, stateDir, forMs = never } = options;
  const snapshot = await readSnapshot(
    stateDir,
    design.lines.map(({ id }) => id),
  );
  const logs = await openLogs(options, snapshot);
  const state = snapshot?.plant ?? newPlantState(design, options.seed, clock.now());
  const recorder = new TruthRecorder(logs.keepState, logs.keepPiece);
  const observers: LineObserver[] = [recorder];
  const plant = new Plant(design, state, toldToAll(observers));
  for (const entry of logs.kept) recorder.remember(entry);
  if (snapshot === undefined) recorder.begin(plant);

  const freezeAtMs = () =>
    state.begunAtMs === never || forMs === never ? never : state.begunAtMs + forMs;

  function advanceTo(nowMs: number): void {
    const freezesMs = freezeAtMs();
    if (state.nowMs < freezesMs && freezesMs <= nowMs) {
      plant.advance(freezesMs);
      plant.shut();
    }
    plant.advance(nowMs);
  }

  function takeUp(since: Snapshot): void {
    const nowMs = clock.now();
    if (nowMs - state.nowMs <= shutAfterMs(since.speed)) return advanceTo(nowMs);
    const wasShut = plant.isShut();
    advanceTo(state.nowMs + runOnMs(since.speed));
    plant.shut();
    plant.advance(state.nowMs + dwellMsMin);
    plant.sleepUntil(nowMs);
    if (!wasShut && nowMs < freezeAtMs()) plant.begin();
  }

  if (snapshot !== undefined) takeUp(snapshot);
  if (!options.waitForBegin && state.begunAtMs === never) plant.begin();
  let saving: Promise<void> = Promise.resolve();

  async function saveNow(): Promise<void> {
    const text = formatSnapshot({
      version: 1,
      plant: state,
      speed: clock.speed,
      logBytes: logs.bytes(),
    });
    await logs.flush();
    await writeSnapshot(stateDir, text);
  }

  const running: RunningPlant = {
    plant,
    observe: (observer) => void observers.push(observer),
    advance() {
      advanceTo(clock.now());
      return state.nowMs;
    },
    begin() {
      running.advance();
      plant.begin();
      return state.nowMs;
    },
    async freeze() {
      running.advance();
      plant.shut();
      while (!plant.atRest()) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        running.advance();
      }
      return state.nowMs;
    },
    truth: () => recorder.truth(plant),
    save() {
      saving = saving.then(saveNow, saveNow);
      return saving;
    },
    async close() {
      running.advance();
      await running.save();
      await logs.close();
    },
  };
  await running.save();
  return running;
}

async function openLogs({ stateDir, truthFile }: RunningPlantOptions, snapshot?: Snapshot) {
  const statesPath = join(stateDir, "truth-states.jsonl");
  const states = await AppendLog.open(statesPath, snapshot?.logBytes.states ?? 0);
  const kept = await readEntries<TruthEntry>(statesPath);
  const pieces =
    truthFile === undefined
      ? undefined
      : await AppendLog.open(truthFile, snapshot?.logBytes.pieces ?? 0);
  const keepPiece = pieces && ((entry: TruthEntry) => pieces.append(entry));
  return {
    kept,
    keepState: (entry: TruthEntry) => states.append(entry),
    keepPiece,
    bytes: () => ({ states: states.bytes, pieces: pieces?.bytes ?? 0 }),
    flush: async () => {
      await Promise.all([states.flush(), pieces?.flush()]);
    },
    close: async () => {
      await Promise.all([states.close(), pieces?.close()]);
    },
  };
}

function toldToAll(observers: readonly LineObserver[]): LineObserver {
  return {
    stateChanged: (...happened) => observers.forEach((one) => one.stateChanged?.(...happened)),
    counterReset: (...happened) => observers.forEach((one) => one.counterReset?.(...happened)),
    pieces: (...happened) => observers.forEach((one) => one.pieces?.(...happened)),
  };
}
