import type { CommandResult } from "@only-mes/protocols/events/command";
import type { Commands } from "../commands/commands.ts";
import type { GatewayConfig } from "../config/options.ts";
import type { DeviceStatus } from "../devices/device-figures.ts";
import type { Count } from "../outbox/accounts.ts";
import type { DeviceFleet } from "../devices/device-fleet.ts";
import type { MapKeeper, MapStatus } from "../maps/map-keeper.ts";
import type { Lease, LeaseStatus } from "../redundancy/lease.ts";
import type { Outbox } from "../outbox/outbox.ts";
import type { EdgeNode } from "../uplink/edge-node.ts";
import type { DeliveryFigures, DeliveryStatus } from "./delivery-figures.ts";
import type { UplinkState } from "../uplink/lifecycle.ts";

/** `GET /status`: produced = acknowledged + held + dropped, over restarts too. */
export interface GatewayStatus {
  gateway: string;
  epoch: number;
  produced: Count;
  acknowledged: Count;
  held: Count;
  dropped: Count;
  outbox: {
    heldBytes: number;
    /** Of the oldest message that nobody has acknowledged. Plant time. */
    heldAgeMs: number;
    commits: number;
    lastCommitMs: number;
  };
  delivery: DeliveryStatus;
  uplink: {
    state: UplinkState;
    primaryHost: string | null;
    /** Whose word trims the outbox. */
    trimmedBy: "host" | "broker";
    inFlight: number;
    resent: number;
    hasBacklog: boolean;
    published: number;
    rebirths: number;
    sessions: number;
    refusedCommands: number;
  };
  map: MapStatus;
  /** Commands to devices, by what became of them, since the start. */
  commands: Readonly<Record<CommandResult["outcome"], number>>;
  /** `null`: this gateway is alone. */
  redundancy: LeaseStatus | null;
  devices: Record<string, DeviceStatus & { delivery: DeliveryStatus }>;
}

export interface StatusParts {
  readonly config: Pick<GatewayConfig, "primaryHost" | "trimmedBy">;
  readonly site: string;
  readonly edgeNode: string;
  readonly outbox: Outbox;
  readonly delivery: DeliveryFigures;
  readonly uplink: EdgeNode;
  readonly ofUplink: { refusedCommands(): number };
  readonly fleet: DeviceFleet;
  readonly maps: MapKeeper;
  readonly commands: Commands;
  readonly lease: Lease | undefined;
}

export function gatewayStatus(parts: StatusParts): GatewayStatus {
  const { config, site, edgeNode, outbox, delivery, uplink, ofUplink } = parts;
  const { fleet, maps, commands, lease } = parts;
  const realMs = performance.now();
  const { produced, acknowledged, held, dropped, ...ofOutbox } = outbox.figures();
  return {
    gateway: `${site}/${edgeNode}`,
    epoch: outbox.epoch,
    produced,
    acknowledged,
    held,
    dropped,
    outbox: ofOutbox,
    delivery: delivery.status(realMs),
    uplink: {
      state: uplink.state,
      primaryHost: config.primaryHost ?? null,
      trimmedBy: config.trimmedBy,
      ...uplink.figures(),
      refusedCommands: ofUplink.refusedCommands(),
    },
    map: maps.status(),
    commands: commands.figures(),
    redundancy: lease?.status() ?? null,
    devices: Object.fromEntries(
      Object.entries(fleet.status()).map(([id, device]) => [
        id,
        { ...device, delivery: delivery.statusOf(id, realMs) },
      ]),
    ),
  };
}
