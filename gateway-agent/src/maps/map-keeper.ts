import { formatMapDiff, isSameMap, type MapDiff } from "@only-mes/protocols/device-map/diff";
import { formatProblem, type MapProblem } from "@only-mes/protocols/device-map/parse";
import type { DeviceMap } from "@only-mes/protocols/device-map/schema";
import { oneAtATime } from "../one-at-a-time.ts";
import type { DeployedMap, DeployedMapFile } from "./deployed-map.ts";
import { readMapApart } from "./read-map-apart.ts";
import { digestOf } from "./read-map.ts";

/** The map that the gateway begins with. */
export interface MapInForce {
  readonly map: DeviceMap;
  /** Of its text: see {@link digestOf}. */
  readonly digest: string;
  /** Of a deployed map; `undefined` is the file of `--map`. */
  readonly revision: number | undefined;
}

export interface MapStatus {
  /** `file` is the one of `--map`. */
  origin: "file" | "deployed";
  /** Of a deployed map. */
  revision: number | null;
  digest: string;
  /** Of the last change while the gateway ran. */
  changed: { atMs: number; diff: string[] } | null;
  /** The last map that was not taken, until one is taken. */
  refused: { atMs: number; origin: "file" | "deployed"; problems: string[] } | null;
}

/** What became of a map that was offered. */
export interface MapAnswer {
  readonly result: "applied" | "unchanged" | "refused" | "setAside";
  readonly problems: readonly string[];
  readonly diff: readonly string[];
}

export interface MapLog {
  applied(origin: string, diff: readonly string[]): void;
  refused(origin: string, problems: readonly string[]): void;
  setAside(why: string): void;
}

export interface MapKeeperOptions {
  readonly file: string;
  readonly endpoints: ReadonlyMap<string, string>;
  readonly deployed: DeployedMapFile;
  /** `--map-from file`: no deployed map is taken. */
  readonly takesDeployed: boolean;
  readonly apply: (map: DeviceMap) => Promise<MapDiff>;
  /** Plant time. */
  readonly now: () => number;
  readonly log: MapLog;
}

const shownMax = 100;

/**
 * Decides which map is in force. A deployed map stands above the file; while there is none, every
 * change of the file is applied. A map with a problem is refused, and the one in force stays.
 */
export class MapKeeper {
  readonly #options: MapKeeperOptions;
  #present: MapInForce;
  #changed: MapStatus["changed"] = null;
  #refused: MapStatus["refused"] = null;
  readonly #inTurn = oneAtATime();

  constructor(present: MapInForce, options: MapKeeperOptions) {
    this.#present = present;
    this.#options = options;
  }

  get revision(): number | undefined {
    return this.#present.revision;
  }

  status(): MapStatus {
    const { revision, digest } = this.#present;
    return {
      origin: revision === undefined ? "file" : "deployed",
      revision: revision ?? null,
      digest,
      changed: this.#changed,
      refused: this.#refused,
    };
  }

  /** The file of `--map` has another content. */
  async offerFile(text: string): Promise<MapAnswer> {
    return this.#inTurn(async () => {
      const { revision } = this.#present;
      if (revision !== undefined) {
        const why = `${this.#options.file} has changed, and is not in force: revision ${revision}, deployed by the server, is`;
        this.#options.log.setAside(why);
        return { result: "setAside", problems: [why], diff: [] };
      }
      return this.#offer(text, undefined);
    });
  }

  /** The server deploys a map. It is kept before anybody is told that it is in force. */
  async offerDeployed({ revision, text }: DeployedMap): Promise<MapAnswer> {
    return this.#inTurn(async () => {
      if (!this.#options.takesDeployed) {
        return this.#refuse("deployed", [
          "this gateway runs with --map-from file: its map is changed where it runs",
        ]);
      }
      return this.#offer(text, revision);
    });
  }

  async #offer(text: string, revision: number | undefined): Promise<MapAnswer> {
    const { file, endpoints, deployed, apply, now, log } = this.#options;
    const origin = revision === undefined ? "file" : "deployed";
    const name = revision === undefined ? file : `revision-${revision}`;
    // Who the gateway is, is all that is compared there.
    const present = { ...this.#present.map, lines: [], devices: [] };
    const parsed = await readMapApart(text, name, { present, endpoints });
    if (parsed.map === undefined) return this.#refuse(origin, formatted(parsed.problems));
    const keptBefore = deployed.read();
    let diff: MapDiff;
    try {
      // First: a gateway that dies now must come back with what it is about to say it has.
      if (revision !== undefined) deployed.keep({ revision, text });
      diff = await apply(parsed.map);
    } catch (error) {
      if (keptBefore === undefined) deployed.remove();
      else deployed.keep(keptBefore);
      return this.#refuse(origin, [error instanceof Error ? error.message : String(error)]);
    }
    this.#present = { map: parsed.map, digest: digestOf(text), revision };
    this.#refused = null;
    const lines = formatMapDiff(diff);
    if (isSameMap(diff)) return { result: "unchanged", problems: [], diff: [] };
    this.#changed = { atMs: now(), diff: lines.slice(0, shownMax) };
    log.applied(name, lines.slice(0, shownMax));
    return { result: "applied", problems: [], diff: lines };
  }

  #refuse(origin: "file" | "deployed", problems: readonly string[]): MapAnswer {
    const shown = problems.slice(0, shownMax);
    this.#refused = { atMs: this.#options.now(), origin, problems: shown };
    this.#options.log.refused(origin, shown);
    return { result: "refused", problems: shown, diff: [] };
  }
}

function formatted(problems: readonly MapProblem[]): string[] {
  return problems.map((problem) => formatProblem(problem));
}
