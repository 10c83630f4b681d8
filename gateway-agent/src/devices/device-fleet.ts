import { allTags } from "@only-mes/protocols/device-map/derived";
import { diffDeviceMaps, type MapDiff } from "@only-mes/protocols/device-map/diff";
import type { Device, DeviceMap } from "@only-mes/protocols/device-map/schema";
import type { Driver } from "../drivers/contract.ts";
import type { Buses } from "../drivers/modbus/bus.ts";
import { driverFactory } from "../drivers/registry.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import type { Role } from "../redundancy/membership.ts";
import type { DeviceBirth } from "../uplink/births.ts";
import type { DeviceStatus } from "./device-figures.ts";
import { DeviceLink, type DeviceLinkOptions } from "./device-link.ts";
import { DepartedSignals } from "./departed-signals.ts";

export interface DeviceFleetOptions extends Omit<DeviceLinkOptions, "map" | "device"> {
  readonly dataDir: string;
  readonly buses: Buses;
}

/**
 * All devices of the map in force. Another map is applied device by device: what did not change keeps
 * its connection, its memory and its place in the outbox.
 */
export class DeviceFleet {
  readonly #options: DeviceFleetOptions;
  readonly #links = new Map<string, DeviceLink>();
  readonly #departed: DepartedSignals;
  #map: DeviceMap;
  #role: Role;
  readonly #inTurn = oneAtATime();
  readonly #createDriver;
  #isStopped = false;

  constructor(map: DeviceMap, options: DeviceFleetOptions) {
    this.#options = options;
    this.#createDriver = driverFactory(options.buses);
    this.#map = map;
    this.#role = options.role;
    const { dataDir, outbox } = options;
    this.#departed = new DepartedSignals(dataDir, outbox);
    const earlier = this.#departed.earlierMap();
    for (const device of map.devices) this.#links.set(device.id, this.#link(map, device));
    // The map may have been changed while no gateway ran.
    if (earlier !== undefined) this.#depart(earlier, map, (device) => this.#link(earlier, device));
    this.#departed.keep(map);
  }

  get map(): DeviceMap {
    return this.#map;
  }

  /** @throws {Error} if a driver cannot be made. */
  async start(): Promise<void> {
    const drivers = await this.#drivers(this.#map.devices, (device) => this.#links.get(device.id));
    for (const link of this.#links.values()) link.resume();
    this.#options.outbox.flush();
    for (const { link, driver } of drivers) link.start(driver);
  }

  births(): DeviceBirth[] {
    return this.#departed.addTo([...this.#links.values()].map((link) => link.birth()));
  }

  link(device: string): DeviceLink | undefined {
    return this.#links.get(device);
  }

  status(): Record<string, DeviceStatus> {
    return Object.fromEntries([...this.#links].map(([id, link]) => [id, link.status()]));
  }

  setRole(role: Role): void {
    this.#role = role;
    for (const link of this.#links.values()) link.setRole(role);
    this.#options.outbox.flush();
  }

  /** Another member recorded until then, in plant time. */
  othersRecorded(untilMs: number): void {
    for (const link of this.#links.values()) link.othersRecorded(untilMs);
  }

  /**
   * One map after the other; resolves when the drivers of what changed have begun.
   * @throws {Error} if a driver cannot be made: then nothing has changed.
   */
  async apply(next: DeviceMap): Promise<MapDiff> {
    return this.#inTurn(async () => this.#replace(next));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#inTurn(async () => {
      await Promise.all([...this.#links.values()].map((link) => link.stop()));
    });
  }

  async #replace(next: DeviceMap): Promise<MapDiff> {
    const before = this.#map;
    const diff = diffDeviceMaps(before, next);
    if (this.#isStopped) return diff;
    const { outbox, uplink } = this.#options;
    const changed = new Set(
      diff.devices.filter(({ kind }) => kind !== "removed").map(({ device }) => device),
    );
    const fresh = new Map<string, DeviceLink>();
    const drivers = await this.#drivers(
      next.devices.filter(({ id }) => changed.has(id)),
      (device) => {
        const link = this.#link(next, device);
        fresh.set(device.id, link);
        return link;
      },
    );
    const old = new Map(
      diff.devices.flatMap(({ device }) => {
        const link = this.#links.get(device);
        return link === undefined ? [] : [[device, link] as const];
      }),
    );
    await Promise.all([...old.values()].map((link) => link.stop()));
    for (const [id, link] of old) link.retire((signal) => !hasSignal(next, id, signal));
    outbox.flush();
    for (const id of old.keys()) uplink.deviceDied(id);
    this.#map = next;
    this.#depart(before, next, (device) => old.get(device.id));
    this.#departed.keep(next);
    this.#arrange(next, fresh);
    for (const { link, driver } of drivers) {
      link.setRole(this.#role);
      // The host must know the metrics, even of a device that never answers.
      const birth = link.birth();
      uplink.deviceBorn(this.#departed.addTo([birth])[0] ?? birth);
      uplink.deviceDied(birth.device);
      link.resume();
      outbox.flush();
      link.start(driver);
    }
    for (const id of diff.redefined) this.#links.get(id)?.redefine(next);
    return diff;
  }

  /** Births are in the order of the map. */
  #arrange(map: DeviceMap, fresh: ReadonlyMap<string, DeviceLink>): void {
    const links = map.devices.flatMap(({ id }) => {
      const link = fresh.get(id) ?? this.#links.get(id);
      return link === undefined ? [] : [[id, link] as const];
    });
    this.#links.clear();
    for (const [id, link] of links) this.#links.set(id, link);
  }

  /** Signals that are gone must stay known to the host while the outbox holds samples of them. */
  #depart(
    before: DeviceMap,
    after: DeviceMap,
    linkOf: (device: Device) => DeviceLink | undefined,
  ): void {
    for (const device of before.devices) {
      if (allTags(device).every(({ signal }) => hasSignal(after, device.id, signal))) continue;
      const birth = linkOf(device)?.birth();
      if (birth === undefined) continue;
      this.#departed.add({
        ...birth,
        signals: birth.signals.filter(({ metricName }) => !hasSignal(after, device.id, metricName)),
      });
    }
  }

  #link(map: DeviceMap, device: Device): DeviceLink {
    const { dataDir: _, ...options } = this.#options;
    return new DeviceLink({ ...options, map, device, role: this.#role });
  }

  async #drivers(
    devices: readonly Device[],
    linkOf: (device: Device) => DeviceLink | undefined,
  ): Promise<{ link: DeviceLink; driver: Driver }[]> {
    const { clock, dataDir, random } = this.#options;
    const made: { link: DeviceLink; driver: Driver }[] = [];
    for (const device of devices) {
      const link = linkOf(device);
      if (link === undefined) continue;
      const driver = await this.#createDriver({ device, clock, sink: link, dataDir, random });
      made.push({ link, driver });
    }
    return made;
  }
}

function hasSignal(map: DeviceMap, device: string, signal: string): boolean {
  const found = map.devices.find(({ id }) => id === device);
  return found !== undefined && allTags(found).some((tag) => tag.signal === signal);
}
