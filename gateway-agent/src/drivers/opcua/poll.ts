import { setTimeout as delay } from "node:timers/promises";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { DataValue } from "node-opcua-client";
import type { DriverSink } from "../contract.ts";
import type { OpcuaPoint } from "./address.ts";
import type { PolledNode, PollGroup } from "./plan.ts";
import type { OpcuaReadings } from "./readings.ts";

export interface PollOptions {
  /** What each tag of the nodes is a part of; tags whose node has no name in this session are not among them. */
  readonly read: (nodes: readonly PolledNode[]) => Promise<[OpcuaPoint, DataValue][]>;
  readonly readings: OpcuaReadings;
  readonly clock: PlantClock;
  readonly sink: DriverSink;
  readonly random: () => number;
  readonly signal: AbortSignal;
}

/** Reads a group every period; turns for which there was no time are left out, and counted. Ends by an error only. */
export async function poll(group: PollGroup, options: PollOptions): Promise<never> {
  const { clock, sink, readings, random, signal } = options;
  const { periodMs, intervalMs, nodes } = group;
  const scheduled = nodes.reduce((sum, { points }) => sum + points.length, 0);
  let dueMs = performance.now() + random() * intervalMs;
  for (;;) {
    await delay(Math.max(0, dueMs - performance.now()), undefined, { signal });
    const observedMs = clock.now();
    const fromMs = performance.now();
    const lateMs = fromMs - dueMs;
    const answers = await options.read(nodes);
    const roundTripMs = performance.now() - fromMs;
    sink.answered(roundTripMs);
    const fresh = answers.flatMap(
      ([point, dataValue]) => readings.changed(point, dataValue, observedMs) ?? [],
    );
    sink.readings(fresh, observedMs);
    dueMs += intervalMs;
    const missedTurns = Math.max(0, Math.floor((performance.now() - dueMs) / intervalMs) + 1);
    if (missedTurns > 0) sink.skipped(missedTurns);
    dueMs += missedTurns * intervalMs;
    const delivered = answers.filter(([{ tag }]) => !readings.isBad(tag)).length;
    const turn = { periodMs, intervalMs, lateMs, roundTripMs, scheduled, delivered, missedTurns };
    sink.turned?.(turn);
  }
}
