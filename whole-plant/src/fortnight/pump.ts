import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { FeedNode } from "@only-mes/simulators/feed/feed-node";
import type { FeedSample } from "@only-mes/simulators/feed/feed-payloads";
import type { PlantHistory } from "@only-mes/simulators/feed/plant-history";
import type { Weather } from "./weather.ts";

/** Brings a plant's history to the server as its time comes, through whatever weather there is. */
export interface PumpInput {
  history: PlantHistory;
  node: FeedNode;
  clock: PlantClock;
  weather: Weather;
  fromMs: number;
  toMs: number;
  /** After each step, when the plant has lived through it: what people do then. */
  onStep: (nowMs: number) => Promise<void>;
}

const stepMs = 5 * 60_000;
const unacknowledgedMax = 400;

export interface Pumped {
  samples: number;
  messages: number;
  late: number;
}

/** Resolves when the host has committed everything. */
export async function pump(input: PumpInput): Promise<Pumped> {
  const { history, node, clock, weather, onStep } = input;
  const pumped: Pumped = { samples: 0, messages: 0, late: 0 };
  const waiting: Waiting[] = [];
  const onTheWay = new Set<Promise<void>>();

  const send = async ({ samples, isHistorical, copies }: Waiting): Promise<void> => {
    while (onTheWay.size >= unacknowledgedMax) await Promise.race(onTheWay);
    const sending = node.send(samples, { isHistorical, copies });
    onTheWay.add(sending);
    void sending.then(() => onTheWay.delete(sending));
    pumped.messages += 1;
    pumped.samples += samples.length;
    if (isHistorical) pumped.late += 1;
  };
  const sendDue = async (nowMs: number): Promise<void> => {
    waiting.sort((a, b) => a.sendAtMs - b.sendAtMs);
    for (let due = waiting[0]; due !== undefined && due.sendAtMs <= nowMs; due = waiting[0]) {
      waiting.shift();
      await send(due);
    }
  };

  for (let untilMs = input.fromMs; untilMs <= input.toMs; untilMs += stepMs) {
    await passed(clock, untilMs);
    for (const samples of byLine(history, history.advance(untilMs))) {
      waiting.push({ samples, ...weather.fate(untilMs) });
    }
    await sendDue(untilMs);
    await onStep(untilMs);
  }
  await sendDue(Infinity);
  await Promise.all(onTheWay);
  return pumped;
}

interface Waiting {
  samples: readonly FeedSample[];
  sendAtMs: number;
  copies: number;
  isHistorical: boolean;
}

function byLine({ signals }: PlantHistory, samples: readonly FeedSample[]): FeedSample[][] {
  const lines = new Map<string, FeedSample[]>();
  for (const sample of samples) {
    const line = signals[sample.signal]?.definition.line.id ?? "";
    const of = lines.get(line) ?? [];
    of.push(sample);
    lines.set(line, of);
  }
  return [...lines.values()];
}

async function passed(clock: PlantClock, untilMs: number): Promise<void> {
  const leftMs = clock.realDelayMs(untilMs - clock.now());
  if (leftMs > 0) await new Promise((resolve) => setTimeout(resolve, leftMs));
}
