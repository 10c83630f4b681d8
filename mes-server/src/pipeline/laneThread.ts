import { Piscina } from "piscina";
import type {
  BindTask,
  FoldResult,
  FoldTask,
  LaneTask,
  LoadTask,
  RefoldAdoptTask,
  RefoldBeginTask,
  RefoldPageResult,
  RefoldPageTask,
} from "./laneTask.ts";
import type { SampleFormat } from "./sampleRows.ts";

/** A lane in its worker thread: tasks are done in the order in which they are given. */
export interface LaneThread {
  load(task: LoadTask): Promise<void>;
  bind(task: BindTask): Promise<void>;
  forget(signals: number[]): Promise<void>;
  fold(task: FoldTask): Promise<FoldResult>;
  refoldBegin(task: RefoldBeginTask): Promise<void>;
  refoldPage(task: RefoldPageTask): Promise<RefoldPageResult>;
  refoldAdopt(task: RefoldAdoptTask): Promise<void>;
  /** Ends the thread as a crash would; the next task runs in a new one, which knows nothing. */
  die(): Promise<void>;
  close(): Promise<void>;
}

export function startLaneThread(format: SampleFormat): LaneThread {
  const pool = new Piscina<LaneTask, unknown>({
    filename: new URL("laneWorker.ts", import.meta.url).href,
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: 1,
    workerData: { format },
    execArgv: [],
    recordTiming: false,
  });
  const run = <Result>(task: LaneTask): Promise<Result> => pool.run(task) as Promise<Result>;
  return {
    load: run<void>,
    bind: run<void>,
    forget: (signals) => run<void>({ kind: "forget", signals }),
    fold: run<FoldResult>,
    refoldBegin: run<void>,
    refoldPage: run<RefoldPageResult>,
    refoldAdopt: run<void>,
    die: () => run<void>({ kind: "die" }).catch(() => undefined),
    close: () => pool.destroy(),
  };
}
