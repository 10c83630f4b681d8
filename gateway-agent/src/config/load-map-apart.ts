import { once } from "node:events";
import { statSync } from "node:fs";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { DeployedMapFile } from "../maps/deployed-map.ts";
import { loadMapInForce } from "./load-map.ts";
import { OptionError } from "./options.ts";

export interface MapSource {
  readonly file: string;
  readonly endpoints: ReadonlyMap<string, string>;
  readonly dataDir: string;
  readonly takesDeployed: boolean;
}

type Loaded = ReturnType<typeof loadMapInForce>;
type Answer = { readonly loaded: Loaded } | { readonly refused: string };

/** A smaller map is read sooner than a thread is there. */
const apartFromBytes = 512 * 1024;

/**
 * As {@link loadMapInForce}; a large map is read in a thread of its own, which takes what reading it
 * needed along when it ends: a map of 50,000 tags needs 350 MB to be read, and 10 MB to be kept.
 *
 * @throws {OptionError}
 */
export async function loadMapApart(source: MapSource): Promise<Loaded> {
  const { path } = new DeployedMapFile(source.dataDir);
  if (!isLarge(source.file) && !isLarge(path)) return load(source);
  const worker = new Worker(new URL(import.meta.url), { workerData: source });
  const ended = once(worker, "exit");
  const [answer] = (await once(worker, "message")) as [Answer];
  await ended;
  if ("refused" in answer) throw new OptionError(answer.refused);
  return answer.loaded;
}

function load({ file, endpoints, dataDir, takesDeployed }: MapSource): Loaded {
  return loadMapInForce(file, endpoints, takesDeployed ? new DeployedMapFile(dataDir) : undefined);
}

function isLarge(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= apartFromBytes;
}

function answer(source: MapSource): Answer {
  try {
    return { loaded: load(source) };
  } catch (error) {
    if (error instanceof OptionError) return { refused: error.message };
    throw error;
  }
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
if (!isMainThread) parentPort?.postMessage(answer(workerData as MapSource));
