import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deviceMap, type DeviceMap } from "@only-mes/protocols/device-map/schema";
import type { DeviceBirth } from "../uplink/births.ts";

interface Departed {
  readonly birth: DeviceBirth;
  /** The last sequence that may hold samples of it. */
  readonly untilSequence: number;
}

interface Kept {
  readonly map: unknown;
  readonly departed: readonly Departed[];
}

/** What it must know of the outbox. */
interface HeldMessages {
  flush(): void;
  figures(): { produced: { messages: number } };
  after(sequence: number, limit: number): readonly { sequence: number }[];
}

/**
 * Signals that the map no longer has. While the outbox holds samples of them, births go on telling
 * them: a host cannot take what it does not know. Kept in a file, as the outbox is.
 */
export class DepartedSignals {
  readonly #file: string;
  readonly #outbox: HeldMessages;
  readonly #earlier: Kept | undefined;
  #departed: Departed[];

  constructor(dataDir: string, outbox: HeldMessages) {
    this.#file = join(dataDir, "map-in-force.json");
    this.#outbox = outbox;
    this.#earlier = readKept(this.#file);
    this.#departed = [...(this.#earlier?.departed ?? [])];
  }

  /** The map that was in force when the gateway ran last, if this version can still read it. */
  earlierMap(): DeviceMap | undefined {
    return deviceMap.safeParse(this.#earlier?.map).data;
  }

  add(birth: DeviceBirth): void {
    this.#outbox.flush();
    const untilSequence = this.#outbox.figures().produced.messages;
    this.#departed.push({ birth: { ...birth, isConnected: false }, untilSequence });
  }

  keep(map: DeviceMap): void {
    this.#forget();
    const kept: Kept = { map, departed: this.#departed };
    writeFileSync(`${this.#file}.new`, JSON.stringify(kept, withoutBigints));
    renameSync(`${this.#file}.new`, this.#file);
  }

  /** The births with what departed; a signal that has come back is told as it is now. */
  addTo(births: readonly DeviceBirth[]): DeviceBirth[] {
    this.#forget();
    const all = new Map(births.map((birth) => [birth.device, birth]));
    for (const { birth } of this.#departed) {
      const present = all.get(birth.device);
      if (present === undefined) {
        all.set(birth.device, birth);
        continue;
      }
      const known = new Set(present.signals.map(({ metricName }) => metricName));
      const gone = birth.signals.filter(({ metricName }) => !known.has(metricName));
      all.set(birth.device, { ...present, signals: [...present.signals, ...gone] });
    }
    return [...all.values()];
  }

  #forget(): void {
    if (this.#departed.length === 0) return;
    const oldest = this.#outbox.after(0, 1)[0]?.sequence ?? Number.POSITIVE_INFINITY;
    this.#departed = this.#departed.filter(({ untilSequence }) => oldest <= untilSequence);
  }
}

/** Values of 64 bits are of no use in the birth of what is gone. */
function withoutBigints(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? null : value;
}

function readKept(file: string): Kept | undefined {
  try {
    const kept = JSON.parse(readFileSync(file, "utf8")) as Kept;
    return Array.isArray(kept.departed) ? kept : undefined;
  } catch {
    // A first run has none; one that cannot be read costs no sample, only the names of departed signals.
    return undefined;
  }
}
