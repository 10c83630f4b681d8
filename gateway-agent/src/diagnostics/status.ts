import type { DeviceStatus } from "../devices/device-figures.ts";
import type { Count } from "../outbox/accounts.ts";
import type { UplinkState } from "../uplink/lifecycle.ts";

/** `GET /status`: produced = acknowledged + held + dropped, over restarts too. */
export interface GatewayStatus {
  gateway: string;
  epoch: number;
  produced: Count;
  acknowledged: Count;
  held: Count;
  dropped: Count;
  outbox: { heldBytes: number; commits: number; lastCommitMs: number };
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
  devices: Record<string, DeviceStatus>;
}
