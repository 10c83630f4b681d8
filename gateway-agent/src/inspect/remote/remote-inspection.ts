import type { DeviceMap } from "@only-mes/protocols/device-map/schema";
import type { InspectAsk } from "@only-mes/protocols/inspection/messages";
import type { GatewayName } from "@only-mes/protocols/inspection/topics";
import type { Buses } from "../../drivers/modbus/bus.ts";
import { InspectionDesk } from "./desk.ts";
import { InspectionDoor } from "./mqtt-door.ts";

export interface RemoteInspectionOptions {
  readonly url: string;
  readonly name: GatewayName;
  readonly dataDir: string;
  readonly buses: Buses;
  readonly log: InspectionLog;
}

export interface InspectionLog {
  opened(): void;
  asked(ask: InspectAsk, endpoint: string, outcome: string): void;
  failed(error: Error): void;
}

/** Browse and probe from afar, while the map in force allows it of any endpoint. */
export class RemoteInspection {
  readonly #options: RemoteInspectionOptions;
  readonly #desk: InspectionDesk;
  #map: DeviceMap;
  #door: InspectionDoor | undefined;

  constructor(map: DeviceMap, options: RemoteInspectionOptions) {
    this.#map = map;
    this.#options = options;
    const { dataDir, buses, log } = options;
    this.#desk = new InspectionDesk({
      map: () => this.#map,
      dataDir,
      buses,
      asked: (ask, endpoint, outcome) => log.asked(ask, endpoint, outcome),
    });
  }

  /** Another map is in force, or the first one: its list is the one that counts from now on. */
  async follow(map: DeviceMap): Promise<void> {
    this.#map = map;
    const isOpen = (map.inspect?.endpoints.length ?? 0) > 0;
    const door = this.#door;
    if (isOpen === (door !== undefined)) return;
    const { url, name, log } = this.#options;
    this.#door = isOpen
      ? new InspectionDoor({
          url,
          name,
          answer: (payload) => this.#desk.answer(payload),
          opened: () => log.opened(),
          failed: (error) => log.failed(error),
        })
      : undefined;
    await door?.close();
  }

  async stop(): Promise<void> {
    await this.#desk.stop();
    await this.#door?.close();
  }
}
