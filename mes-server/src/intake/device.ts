import type { StagedMessage } from "../commit/batch.ts";
import type { DeviceBinding } from "./births.ts";
import type { Birth } from "./readBirth.ts";

/** A data message whose binding is not there yet. */
export type UnboundMessage = Omit<StagedMessage, "binding">;

/** What intake knows of a device (or, with the empty name, of the edge node's own metrics). */
export interface Device {
  name: string;
  isOnline: boolean;
  /** What its last birth told; absent until it is born under the present birth of its node. */
  birth: Birth | undefined;
  /** Of the birth that `bound` is of, or is being made of. */
  fingerprint: string | undefined;
  /** Absent while the birth is being kept. */
  bound: DeviceBinding | undefined;
  /** Came while the birth was being kept. */
  waiting: UnboundMessage[];
  /** Changes with each birth: what was begun for an older one is given up. */
  generation: number;
  /** It sent metrics that its birth had not told, and was asked for another birth. */
  sentUnknown: boolean;
  /** Those of the present birth that are still unknown are dead letters. */
  isStrict: boolean;
}

export const waitingMax = 500;

export function newDevice(name: string): Device {
  return {
    name,
    isOnline: false,
    birth: undefined,
    fingerprint: undefined,
    bound: undefined,
    waiting: [],
    generation: 0,
    sentUnknown: false,
    isStrict: false,
  };
}
