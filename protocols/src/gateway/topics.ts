import { slug } from "../plant/signal.ts";

/**
 * What server and gateways say to each other beside Sparkplug, which has no words for it: JSON under
 * `only-mes/<site>/<gateway>/…`. `gateway` is the one of the device map; a member is one of the
 * processes that share that map, and is an edge node of its own in Sparkplug.
 */
export interface GatewayTopic {
  site: string;
  gateway: string;
  kind: GatewayTopicKind;
  member: string;
}

const kinds = {
  /** Gateway to server: a member asks for the lease, or gives it back. */
  leaseAsk: "lease/ask",
  leaseAnswer: "lease/answer",
  /** Gateway to server: which map is in force, and what became of the last one. */
  mapState: "map/state",
  /** Server to gateway. */
  mapDeploy: "map/deploy",
} as const;

export type GatewayTopicKind = keyof typeof kinds;

const root = "only-mes";

export function formatGatewayTopic({ site, gateway, kind, member }: GatewayTopic): string {
  return `${root}/${site}/${gateway}/${kinds[kind]}/${member}`;
}

/** `undefined` if it is none of these topics. */
export function parseGatewayTopic(topic: string): GatewayTopic | undefined {
  const [space, site, gateway, noun, verb, member, ...rest] = topic.split("/");
  if (space !== root || rest.length > 0) return undefined;
  if (!isName(site) || !isName(gateway) || !isName(member)) return undefined;
  const kind = (Object.keys(kinds) as GatewayTopicKind[]).find(
    (one) => kinds[one] === `${noun}/${verb}`,
  );
  return kind === undefined ? undefined : { site, gateway, kind, member };
}

function isName(part: string | undefined): part is string {
  return slug.safeParse(part).success;
}

/** Of one kind, from every gateway. */
export function everyGatewayTopic(kind: GatewayTopicKind): string {
  return `${root}/+/+/${kinds[kind]}/+`;
}
