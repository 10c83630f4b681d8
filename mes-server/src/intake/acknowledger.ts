import {
  deliveryAcknowledgedMetric,
  formatAcknowledgement,
} from "@only-mes/protocols/sparkplug/delivery";
import { datatypes, encodePayload } from "@only-mes/protocols/sparkplug/payload";
import { formatTopic } from "@only-mes/protocols/sparkplug/topics";
import type { DeliveryLedger } from "./deliveryLedger.ts";

/** Tells gateways what is committed: soon, and once for all that happened meanwhile. */
export interface Acknowledger {
  due(source: string, epoch: number): void;
  /** Sends what is due at once. */
  flush(): void;
}

const coalesceMs = 10;

export function acknowledger(
  ledger: DeliveryLedger,
  publish: (topic: string, payload: Uint8Array) => void,
  realNow: () => number,
): Acknowledger {
  const waiting = new Map<string, { source: string; epoch: number }>();
  let timer: NodeJS.Timeout | undefined;

  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    for (const { source, epoch } of waiting.values()) {
      const ranges = ledger.ranges(source, epoch);
      const [group = "", edgeNode = ""] = source.split("/");
      const payload = encodePayload({
        timestampMs: realNow(),
        metrics: [
          {
            name: deliveryAcknowledgedMetric,
            datatype: datatypes.String,
            value: formatAcknowledgement({ epoch, ranges }),
          },
        ],
      });
      publish(formatTopic({ group, type: "NCMD", edgeNode }), payload);
    }
    waiting.clear();
  };

  return {
    due(source, epoch) {
      waiting.set(`${source} ${epoch}`, { source, epoch });
      timer ??= setTimeout(flush, coalesceMs);
    },
    flush,
  };
}
