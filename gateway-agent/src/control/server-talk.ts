import {
  mapDeploy,
  readGatewayMessage,
  type MapOutcome,
  type MapState,
} from "@only-mes/protocols/gateway/messages";
import {
  formatGatewayTopic,
  parseGatewayTopic,
  type GatewayTopicKind,
} from "@only-mes/protocols/gateway/topics";
import type { MapAnswer, MapStatus } from "../maps/map-keeper.ts";
import type { Lease } from "../redundancy/lease.ts";
import { ControlChannel } from "./channel.ts";

export interface ServerTalkOptions {
  readonly url: string;
  readonly site: string;
  readonly gateway: string;
  readonly member: string;
  readonly maps: {
    status(): MapStatus;
    offerDeployed(map: { revision: number; text: string }): Promise<MapAnswer>;
  };
  /** Absent where one gateway is alone. */
  readonly lease: Lease | undefined;
  readonly failed: (error: Error) => void;
}

const problemsMax = 100;
/** A server that has just come hears it too. Of this machine. */
const sayMapEveryMs = 5000;

/** What this gateway says to the server beside Sparkplug, and hears from it: the lease, and maps. */
export class ServerTalk {
  readonly #options: ServerTalkOptions;
  readonly #channel: ControlChannel;
  readonly #again: NodeJS.Timeout;
  #outcome: MapOutcome | undefined;
  /** The revision that is being applied. */
  #offered: number | undefined;

  constructor(options: ServerTalkOptions) {
    this.#options = options;
    const { url, site, member, lease, failed } = options;
    this.#channel = new ControlChannel({
      url,
      clientId: `${site}/${member}/control`,
      topics: [this.#topic("mapDeploy"), this.#topic("leaseAnswer")],
      heard: (topic, payload) => this.#heard(topic, payload),
      opened: () => {
        this.#sayMap();
        lease?.ask();
      },
      failed,
    });
    this.#again = setInterval(() => this.#sayMap(), sayMapEveryMs);
  }

  say(kind: GatewayTopicKind, message: unknown): void {
    this.#channel.say(this.#topic(kind), message);
  }

  async close(): Promise<void> {
    clearInterval(this.#again);
    await this.#channel.close();
  }

  #heard(topic: string, payload: Uint8Array): void {
    const kind = parseGatewayTopic(topic)?.kind;
    if (kind === "leaseAnswer") this.#options.lease?.answered(payload);
    if (kind === "mapDeploy") void this.#deploy(payload);
  }

  async #deploy(payload: Uint8Array): Promise<void> {
    const offered = readGatewayMessage(mapDeploy, payload);
    const { maps } = this.#options;
    if (offered === undefined || offered.revision === this.#offered) return;
    const { revision } = offered;
    // It was said twice, as a server does that has not heard the answer yet.
    if (revision === maps.status().revision) {
      this.#sayMap();
      return;
    }
    this.#offered = revision;
    const { result, problems, diff } = await maps.offerDeployed(offered);
    this.#offered = undefined;
    this.#outcome = {
      revision,
      result: result === "setAside" ? "refused" : result,
      problems: problems.slice(0, problemsMax),
      diff: diff.slice(0, problemsMax),
    };
    this.#sayMap();
  }

  #sayMap(): void {
    const { revision, digest } = this.#options.maps.status();
    const state: MapState = {
      revision,
      digest,
      ...(this.#outcome !== undefined && { outcome: this.#outcome }),
    };
    this.say("mapState", state);
  }

  #topic(kind: GatewayTopicKind): string {
    const { site, gateway, member } = this.#options;
    return formatGatewayTopic({ site, gateway, kind, member });
  }
}
