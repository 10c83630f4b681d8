import { fork } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
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

/** A smaller map is read sooner than a process is there. */
const apartFromBytes = 512 * 1024;

/**
 * As {@link loadMapInForce}; a large map is read by a process of its own, which takes what reading it
 * needed along when it ends: a map of 50,000 tags needs 350 MB to be read, and 10 MB to be kept.
 *
 * @throws {OptionError}
 */
export async function loadMapApart(source: MapSource): Promise<Loaded> {
  const { path } = new DeployedMapFile(source.dataDir);
  const isApart = isLarge(source.file) || isLarge(path);
  const answer = isApart ? await readApart(source) : readSource(source);
  if ("refused" in answer) throw new OptionError(answer.refused);
  return answer.loaded;
}

/** What a wrong map is to be told as; other errors are thrown. */
export function readSource({ file, endpoints, dataDir, takesDeployed }: MapSource): Answer {
  try {
    const deployed = takesDeployed ? new DeployedMapFile(dataDir) : undefined;
    return { loaded: loadMapInForce(file, endpoints, deployed) };
  } catch (error) {
    if (error instanceof OptionError) return { refused: error.message };
    throw error;
  }
}

async function readApart(source: MapSource): Promise<Answer> {
  const reader = fork(new URL("load-map-process.ts", import.meta.url), {
    serialization: "advanced",
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    execArgv: [],
  });
  const ended = once(reader, "exit").then(([code, signal]): never => {
    throw new Error(`${source.file} was not read: the process for it ended (${code ?? signal})`);
  });
  ended.catch(() => undefined);
  reader.send(source);
  const [answer] = (await Promise.race([once(reader, "message"), ended])) as [Answer];
  return answer;
}

function isLarge(file: string): boolean {
  return (statSync(file, { throwIfNoEntry: false })?.size ?? 0) >= apartFromBytes;
}
