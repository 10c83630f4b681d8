import { move, transferableSymbol, valueSymbol } from "piscina";
import { workerData } from "node:worker_threads";
import { createLane } from "./lane.ts";
import type { CountRows, FoldResult, LaneTask, RefoldPageResult } from "./laneTask.ts";
import type { SampleFormat } from "./sampleRows.ts";

/** The worker thread of one lane. */
const lane = createLane((workerData as { format: SampleFormat }).format);

export default function perform(task: LaneTask): unknown {
  switch (task.kind) {
    case "load":
      return lane.load(task);
    case "bind":
      return lane.bind(task);
    case "forget":
      return lane.forget(task.signals);
    case "fold":
      return timedFold(task);
    case "refoldBegin":
      return lane.refoldBegin(task);
    case "refoldPage":
      return moved(lane.refoldPage(task));
    case "refoldAdopt":
      return lane.refoldAdopt(task);
    case "die":
      return process.exit(1);
  }
}

function timedFold(task: Extract<LaneTask, { kind: "fold" }>): unknown {
  const begin = performance.now();
  const result = lane.fold(task);
  const timed: FoldResult = { ...result, laneMs: performance.now() - begin };
  return moved(timed, result.samples?.buffers);
}

/** Hands the columns over to the main thread instead of copying them. */
function moved(
  result: FoldResult | RefoldPageResult,
  samples: Uint8Array<ArrayBuffer>[] = [],
): unknown {
  const counts: CountRows | undefined = result.counts;
  const buffers = [...samples, ...(counts?.buffers ?? [])].map((column) => column.buffer);
  return move({
    get [transferableSymbol]() {
      return buffers;
    },
    get [valueSymbol]() {
      return result;
    },
  });
}
