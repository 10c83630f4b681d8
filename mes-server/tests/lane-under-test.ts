import { plantClock } from "@only-mes/protocols/plant/clock";
import {
  isCounterRole,
  signalDefinition,
  signalId,
  type SignalDefinition,
} from "@only-mes/protocols/plant/signal";
import { encodePayload, type Metric } from "@only-mes/protocols/sparkplug/payload";
import type { Pool } from "pg";
import { pino } from "pino";
import { Registry } from "prom-client";
import { vi } from "vitest";
import type { StagedMessage } from "../src/commit/batch.ts";
import type { RecalculatedWindow } from "../src/commit/committed.ts";
import { deadLetterGate } from "../src/commit/deadLetterGate.ts";
import {
  startLaneRunner,
  type LaneRunner,
  type LaneRunnerParts,
} from "../src/commit/laneRunner.ts";
import { createMeasures, type Measures } from "../src/commit/measures.ts";
import { laneSignal } from "../src/pipeline/laneSignal.ts";
import { startLaneThread, type LaneThread } from "../src/pipeline/laneThread.ts";
import type { FoldResult } from "../src/pipeline/laneTask.ts";
import type { SampleFormat } from "../src/pipeline/sampleRows.ts";
import { deliveryLedger } from "../src/intake/deliveryLedger.ts";
import { loadCursors } from "../src/store/loadCursors.ts";
import { saveBirth } from "../src/store/saveBirth.ts";
import { transaction } from "../src/store/transaction.ts";

/** One sample for a test, in a message of its place. */
export interface TestSample {
  signal: string;
  atMs: number;
  value: Metric["value"];
  quality?: number;
}

export interface TestMessage {
  sequence: number;
  epoch?: number;
  samples: TestSample[];
}

/** A lane between a real thread and a real database, fed without a broker. */
export interface LaneUnderTest {
  runner: LaneRunner;
  thread: LaneThread;
  measures: Measures;
  results: FoldResult[];
  recalculated: RecalculatedWindow[];
  committed: Set<number>;
  unresolved: StagedMessage[];
  /** Tells the birth of these signals; all in one device. Answers their keys by name. */
  bear(definitions: SignalDefinition[], strict?: boolean): Promise<Map<string, number>>;
  offer(message: TestMessage): void;
  offerPayload(sequence: number, payload: Uint8Array): void;
  /** All of these are committed, and no late sample waits for its fold. */
  settled(sequences: readonly number[]): Promise<void>;
  close(): Promise<void>;
}

export const nowMs = Date.parse("2026-11-23T08:00:00Z");
const log = pino({ level: process.env["TEST_LOG"] ?? "silent" });

export function startLane(
  pool: Pool,
  line: string,
  changes: Partial<LaneRunnerParts> & { format?: SampleFormat } = {},
): LaneUnderTest {
  const measures = createMeasures(new Registry());
  const thread = startLaneThread(changes.format ?? "unnest");
  const source = `site/${line}`;
  const aliases = new Map<string, { alias: number; datatype: number }>();
  const keys = new Map<string, number>();
  const under = {
    results: [] as FoldResult[],
    recalculated: [] as RecalculatedWindow[],
    committed: new Set<number>(),
    unresolved: [] as StagedMessage[],
  };
  let binding = 0;
  const runner = startLaneRunner({
    lane: 0,
    thread,
    pool,
    clock: { ...plantClock(), now: () => nowMs },
    log,
    measures,
    deadLetters: deadLetterGate(
      (reason, times) => measures.deadLetters.inc({ reason }, times),
      () => 0,
    ),
    reached: () => undefined,
    laneDies: () => false,
    queueSamplesMax: 1_000_000,
    batchSamplesMax: 5000,
    lingerMs: 2,
    refoldEveryMs: 5,
    refoldPageRows: 10_000,
    onCommitted: (messages, result) => {
      for (const { sequence } of messages) under.committed.add(sequence);
      if (result !== undefined) under.results.push(result);
    },
    onUnresolved: (messages) => under.unresolved.push(...messages),
    onRecalculated: (windows) => under.recalculated.push(...windows),
    recheck: async (messages) => {
      const ledger = deliveryLedger();
      for (const { source, epoch, ranges } of await loadCursors(pool)) {
        ledger.learn(source, epoch, ranges);
      }
      return messages.filter(
        ({ source, epoch, sequence }) => !ledger.isCommitted(source, epoch, sequence),
      );
    },
    ...changes,
  });

  const offerPayload = (sequence: number, payload: Uint8Array, epoch = 1, samplesMax = 1): void => {
    runner.offer({
      source,
      device: "plc",
      topic: `spBv1.0/site/DDATA/${line}/plc`,
      binding,
      epoch,
      sequence,
      isResent: true,
      payload,
      samplesMax,
    });
  };

  return {
    runner,
    thread,
    measures,
    ...under,
    async bear(definitions, strict = false) {
      const metrics = definitions.map((definition) => ({
        name: `${definition.unit.id}/${definition.name}`,
        datatype: datatypeOf(definition),
        definition,
      }));
      const saved = await transaction(pool, (tx) =>
        saveBirth(tx, { source, device: "plc", metrics, atMs: nowMs }),
      );
      for (const [index, { name, datatype, definition }] of metrics.entries()) {
        aliases.set(name, { alias: index + 10, datatype });
        keys.set(name, saved.get(signalId(definition))?.key ?? -1);
      }
      binding += 1;
      await runner.bind(
        {
          id: binding,
          strict,
          ignoredAliases: [],
          metrics: metrics.map(({ name, datatype }) => ({
            name,
            datatype,
            alias: aliases.get(name)?.alias ?? 0,
            signal: keys.get(name) ?? -1,
          })),
        },
        metrics.map(({ name, datatype, definition }) =>
          laneSignal(
            {
              key: keys.get(name) ?? -1,
              id: signalId(definition),
              datatype,
              definition: saved.get(signalId(definition))?.definition ?? definition,
            },
            true,
          ),
        ),
      );
      return keys;
    },
    offer({ sequence, epoch, samples }) {
      const payload = encodePayload({
        timestampMs: nowMs,
        metrics: samples.map(({ signal, atMs, value, quality }) => ({
          ...aliases.get(signal),
          timestampMs: atMs,
          value,
          ...(quality !== undefined && { properties: { Quality: { type: 3, value: quality } } }),
        })),
      });
      offerPayload(sequence, payload, epoch, samples.length);
    },
    offerPayload,
    async settled(sequences) {
      await vi.waitUntil(() => sequences.every((sequence) => under.committed.has(sequence)), {
        timeout: 20_000,
        interval: 5,
      });
      const dirty = async (): Promise<boolean> => {
        const { rows } = await pool.query(
          "SELECT 1 FROM dirty_window WHERE signal = ANY($1) LIMIT 1",
          [[...keys.values()]],
        );
        return rows.length > 0;
      };
      await vi.waitUntil(async () => !(await dirty()), { timeout: 20_000, interval: 5 });
    },
    close: () => runner.close(2000),
  };
}

function datatypeOf({ role, counterBits }: SignalDefinition): number {
  if (role === "machineState") return 3;
  if (role === "text") return 12;
  if (isCounterRole(role) || counterBits !== undefined) return counterBits === 64 ? 8 : 7;
  return 10;
}

/** The definition of a signal of unit `machine` on a line. */
export function definitionOf(
  line: string,
  name: string,
  rest: Pick<SignalDefinition, "role"> & Partial<SignalDefinition>,
): SignalDefinition {
  return signalDefinition.parse({
    line: { id: line, name: line, enterprise: "northwind", site: "site", area: "area" },
    unit: { id: "machine", name: "Machine", position: 0, pacesLine: true, outputOfLine: true },
    name,
    periodMs: 1000,
    heartbeatMs: 10_000,
    ...rest,
  });
}
