import {
  leaseAsk,
  readGatewayMessage,
  type LeaseAnswer,
} from "@only-mes/protocols/gateway/messages";
import { formatGatewayTopic, type GatewayTopic } from "@only-mes/protocols/gateway/topics";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { endLease } from "../store/endLease.ts";
import { takeLease } from "../store/takeLease.ts";

export interface LeasesParts {
  pool: Pool;
  log: Logger;
  say: (topic: string, message: unknown) => void;
  monotonicMs: () => number;
  wallMs: () => number;
}

/** Grants the lease of each redundant gateway to one of its members (docs/redundancy.md). */
export interface Leases {
  asked(of: GatewayTopic, payload: Uint8Array): Promise<void>;
  /** The way to the gateways is open: nobody could renew before. */
  connected(): void;
}

/** Longer than clocks of two members may differ: a total must not seem to run backwards. */
const freeAfterMs = 1000;

export function leases({ pool, log, say, monotonicMs, wallMs }: LeasesParts): Leases {
  let connectedMs = monotonicMs();
  const terms = new Map<string, number>();

  const noticeTerm = (gateway: string, holder: string, term: number): void => {
    if (terms.get(gateway) === term) return;
    terms.set(gateway, term);
    log.info({ gateway, holder, term }, "a member has the lease of its gateway");
  };

  return {
    async asked(of, payload) {
      const question = readGatewayMessage(leaseAsk, payload);
      if (question === undefined) return;
      const { ask, leaseMs, isLast } = question;
      const { member } = of;
      const gateway = `${of.site}/${of.gateway}`;
      if (isLast) {
        await endLease(pool, { gateway, member, afterMs: freeAfterMs });
        return;
      }
      // After a time without the server the last holder comes first: it may have gone on recording.
      const mayTake = monotonicMs() - connectedMs >= leaseMs;
      const row = await takeLease(pool, { gateway, member, leaseMs, mayTake });
      if (row === undefined) return;
      const { holder, term } = row;
      noticeTerm(gateway, holder, term);
      const isGranted = holder === member;
      const answer: LeaseAnswer = { ask, isGranted, holder, term, nowMs: wallMs() };
      say(formatGatewayTopic({ ...of, kind: "leaseAnswer" }), answer);
    },
    connected() {
      connectedMs = monotonicMs();
    },
  };
}
