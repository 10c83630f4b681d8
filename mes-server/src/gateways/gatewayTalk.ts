import { everyGatewayTopic, parseGatewayTopic } from "@only-mes/protocols/gateway/topics";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { leases } from "./leases.ts";
import { mapDeployments, type MapDeployments } from "./mapDeployments.ts";

/** What the server says to gateways beside Sparkplug, and hears from them. */
export interface GatewayTalk {
  readonly topics: readonly string[];
  readonly maps: MapDeployments;
  /** @returns false if the topic is none of these. */
  heard(topic: string, payload: Uint8Array): boolean;
  connected(): void;
  /** Whatever is said goes this way. */
  open(publish: (topic: string, payload: Uint8Array) => void): void;
}

export function gatewayTalk({ pool, log }: { pool: Pool; log: Logger }): GatewayTalk {
  let publish: (topic: string, payload: Uint8Array) => void = () => undefined;
  const say = (topic: string, message: unknown): void => {
    publish(topic, Buffer.from(JSON.stringify(message)));
  };
  const wallMs = (): number => Date.now();
  const granted = leases({ pool, log, say, wallMs, monotonicMs: () => performance.now() });
  const maps = mapDeployments({ pool, log, say, wallMs });
  const failed = (topic: string) => (error: unknown) => {
    // The gateway asks again.
    log.warn({ err: error, topic }, "a gateway got no answer");
  };

  return {
    topics: [everyGatewayTopic("leaseAsk"), everyGatewayTopic("mapState")],
    maps,
    heard(topic, payload) {
      const parsed = parseGatewayTopic(topic);
      if (parsed === undefined) return false;
      if (parsed.kind === "leaseAsk") granted.asked(parsed, payload).catch(failed(topic));
      if (parsed.kind === "mapState") maps.stateHeard(parsed, payload).catch(failed(topic));
      return true;
    },
    connected: () => granted.connected(),
    open(way) {
      publish = way;
    },
  };
}
