import type { Lanes } from "../commit/lanes.ts";
import type { DeliveryLedger } from "./deliveryLedger.ts";
import { waitingMax, type Device, type UnboundMessage } from "./device.ts";
import type { PayloadGlimpse } from "./peekPayload.ts";

export interface DeviceFeedParts {
  source: string;
  ledger: DeliveryLedger;
  offer: Lanes["offer"];
  acknowledge: (epoch: number) => void;
  countDuplicate: () => void;
  countDropped: (isResent: boolean) => void;
}

/** Brings the data messages of one edge node to their lanes, each once. */
export interface DeviceFeed {
  /** Numbered by the gateway's outbox. */
  takeDelivered(device: Device, data: FeedData, epoch: number, sequence: number): void;
  /** Of a source that numbers nothing: it does not come again. */
  takeForeign(device: Device, data: FeedData): void;
  /** The birth that messages waited for is kept. */
  flush(device: Device): void;
}

interface FeedData {
  topic: string;
  payload: Uint8Array;
  glimpse: Pick<PayloadGlimpse, "metrics">;
}

/** The epoch of sources that number nothing; an outbox begins with 1. */
const foreignEpoch = 0;

export function deviceFeed(parts: DeviceFeedParts): DeviceFeed {
  const { source, ledger } = parts;

  const drop = ({ epoch, sequence, isResent }: UnboundMessage): void => {
    ledger.release(source, epoch, sequence);
    parts.countDropped(isResent);
  };

  const give = (device: Device, message: UnboundMessage): void => {
    if (device.bound === undefined) {
      if (device.waiting.length < waitingMax) device.waiting.push(message);
      else drop(message);
      return;
    }
    const { binding, lane } = device.bound;
    if (!parts.offer(lane, { ...message, binding })) drop(message);
  };

  const message = (
    device: Device,
    { topic, payload, glimpse }: FeedData,
    place: Pick<UnboundMessage, "epoch" | "sequence" | "isResent">,
  ): UnboundMessage => ({
    source,
    device: device.name,
    topic,
    payload,
    samplesMax: glimpse.metrics,
    ...place,
  });

  return {
    takeDelivered(device, data, epoch, sequence) {
      const taken = ledger.take(source, epoch, sequence);
      if (taken === "new") {
        give(device, message(device, data, { epoch, sequence, isResent: true }));
        return;
      }
      parts.countDuplicate();
      if (taken === "committed") parts.acknowledge(epoch);
    },
    takeForeign(device, data) {
      const sequence = ledger.nextSequence(source, foreignEpoch);
      ledger.take(source, foreignEpoch, sequence);
      give(device, message(device, data, { epoch: foreignEpoch, sequence, isResent: false }));
    },
    flush(device) {
      const { waiting } = device;
      device.waiting = [];
      for (const each of waiting) give(device, each);
    },
  };
}
