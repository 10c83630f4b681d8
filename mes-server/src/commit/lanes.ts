import type { LaneBinding } from "../pipeline/laneTask.ts";
import type { StagedMessage } from "./batch.ts";
import type { BoundLaneSignal } from "./laneMemory.ts";
import type { LaneRunner } from "./laneRunner.ts";

/** All lanes of this server. Equipment is spread over them by line. */
export interface Lanes {
  /** By hash, but no lane gets a second line while another has none. Stays for this run. */
  laneOf(line: string): number;
  /** False: the lane has no room for it. */
  offer(lane: number, message: StagedMessage): boolean;
  know(lane: number, signals: readonly BoundLaneSignal[]): void;
  bind(lane: number, binding: LaneBinding, signals: readonly BoundLaneSignal[]): Promise<void>;
  forget(lane: number, signals: readonly number[]): void;
  close(withinMs: number): Promise<void>;
}

export function laneGroup(runners: readonly LaneRunner[]): Lanes {
  const runner = (lane: number): LaneRunner => {
    const found = runners[lane];
    if (found === undefined) throw new RangeError(`there is no lane ${lane}`);
    return found;
  };
  const assigned = new Map<string, number>();
  const lines = runners.map(() => 0);

  const assign = (line: string): number => {
    const preferred = hash(line) % runners.length;
    const fewest = Math.min(...lines);
    const lane = lines[preferred] === fewest ? preferred : lines.indexOf(fewest);
    assigned.set(line, lane);
    lines[lane] = fewest + 1;
    return lane;
  };

  return {
    laneOf: (line) => assigned.get(line) ?? assign(line),
    offer: (lane, message) => runner(lane).offer(message),
    know: (lane, signals) => runner(lane).know(signals),
    bind: (lane, binding, signals) => runner(lane).bind(binding, signals),
    forget: (lane, signals) => runner(lane).forget(signals),
    close: async (withinMs) => {
      await Promise.all(runners.map((each) => each.close(withinMs)));
    },
  };
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  return value;
}
