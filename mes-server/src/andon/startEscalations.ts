import type { LineEvent } from "@only-mes/protocols/console/live";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { pauses } from "../commit/pauses.ts";
import { dueSteps, ruleOf, type DueStep } from "../domain/andon/escalation.ts";
import { lockCallSteps, readCalls } from "../store/andonCalls.ts";
import { readEscalationRules } from "../store/escalationRules.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { insertEscalation, readOpenCalls, type OpenCall } from "../store/openCallsToEscalate.ts";
import { readShiftInstances } from "../store/readShiftInstances.ts";
import { transaction } from "../store/transaction.ts";
import { eventOfCall } from "./callWords.ts";

export interface EscalationParts {
  pool: Pool;
  clock: PlantClock;
  log: Logger;
  tell: (line: string, event: LineEvent) => void;
}

const everyPlantMs = 1000;
const everyMsMin = 200;
const everyMsMax = 1000;

/** Looks after open andon calls: tells the next ones if nobody comes. Answers how to end it. */
export function startEscalations(parts: EscalationParts): { close(): Promise<void> } {
  const { clock, log } = parts;
  const pause = pauses();
  const life = { isClosing: false };
  const everyMs = Math.max(everyMsMin, Math.min(everyMsMax, clock.realDelayMs(everyPlantMs)));

  const run = async (): Promise<void> => {
    while (!life.isClosing) {
      try {
        await escalate(parts);
        pause.recovered();
      } catch (error) {
        log.warn({ err: error }, "andon calls could not be escalated; it is tried again");
        await pause.backOff();
      }
      if (!life.isClosing) await pause.sleep(everyMs);
    }
  };
  const ended = run();
  return {
    async close() {
      life.isClosing = true;
      pause.wake();
      await ended;
    },
  };
}

/** Tells every step that is due now, each of them once, whoever runs this and however often. */
export async function escalate(parts: EscalationParts): Promise<void> {
  const { pool, clock } = parts;
  const nowMs = clock.now();
  const calls = await readOpenCalls(pool);
  if (calls.length === 0) return;
  const rules = await readEscalationRules(pool);
  for (const call of calls) {
    for (const step of dueSteps(ruleOf(rules, call), call, nowMs)) {
      if (call.told.includes(step.step)) continue;
      if (await isInShift(pool, call.line, step)) await tellStep(parts, call, step, nowMs);
    }
  }
}

async function isInShift(pool: Pool, line: string, { dueMs, shifts }: DueStep): Promise<boolean> {
  if (shifts === undefined) return true;
  const found = await readShiftInstances(pool, { line, fromMs: dueMs, toMs: dueMs + 1 });
  return found.some(({ name }) => shifts.includes(name));
}

async function tellStep(
  { pool, tell }: EscalationParts,
  { id }: OpenCall,
  { step, dueMs, to }: DueStep,
  nowMs: number,
): Promise<void> {
  const told = await transaction(pool, async (tx) => {
    await lockCallSteps(tx, id);
    const [call] = await readCalls(tx, { id, isOpen: true, limit: 1 });
    if (call === undefined) return undefined;
    if (!(await insertEscalation(tx, { call: id, step, atMs: dueMs, to }, nowMs))) return undefined;
    const { kind, unit, line } = call;
    const data = { call: id, kind, step, to };
    const equipment = unit ?? line;
    await insertOutboxEvents(tx, [{ kind: "andonCall.escalated", equipment, atMs: dueMs, data }]);
    return call;
  });
  if (told !== undefined) tell(told.line, eventOfCall(told, "escalated", dueMs, told.place));
}
