/**
 * Looking into devices from afar, through a gateway: JSON over MQTT beside Sparkplug, which has no
 * words for it. An ask goes to one gateway; its answer goes to the topic of that ask's id, which the
 * asker subscribes to before it asks. Neither is ever retained.
 */
const root = "only-mes";

export interface GatewayName {
  readonly site: string;
  /** The Sparkplug edge node. */
  readonly edgeNode: string;
}

/** At QoS 1. */
export function inspectAskTopic({ site, edgeNode }: GatewayName): string {
  return `${root}/${site}/${edgeNode}/inspect/ask`;
}

/** At QoS 1. */
export function inspectAnswerTopic({ site, edgeNode }: GatewayName, id: string): string {
  return `${root}/${site}/${edgeNode}/inspect/answer/${id}`;
}
