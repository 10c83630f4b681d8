/** Topics of Sparkplug B 3.0, chapter 4: `spBv1.0/<group>/<type>/<edge node>[/<device>]`. */
export const messageTypes = [
  "NBIRTH",
  "NDEATH",
  "NDATA",
  "NCMD",
  "DBIRTH",
  "DDEATH",
  "DDATA",
  "DCMD",
] as const;

export type MessageType = (typeof messageTypes)[number];

export interface SparkplugTopic {
  group: string;
  type: MessageType;
  edgeNode: string;
  device?: string;
}

const namespace = "spBv1.0";
const types: ReadonlySet<string> = new Set(messageTypes);

export function formatTopic({ group, type, edgeNode, device }: SparkplugTopic): string {
  const node = `${namespace}/${group}/${type}/${edgeNode}`;
  return device === undefined ? node : `${node}/${device}`;
}

/** `undefined` if the topic is no Sparkplug message (STATE included: see {@link stateTopic}). */
export function parseTopic(topic: string): SparkplugTopic | undefined {
  const [space, group, type, edgeNode, device, ...rest] = topic.split("/");
  if (space !== namespace || !group || !type || !edgeNode || rest.length > 0) return undefined;
  if (!types.has(type) || device === "") return undefined;
  const isOfDevice = type.startsWith("D");
  if (isOfDevice !== (device !== undefined)) return undefined;
  return { group, type: type as MessageType, edgeNode, ...(device !== undefined && { device }) };
}

export function stateTopic(hostId: string): string {
  return `${namespace}/STATE/${hostId}`;
}

/** All messages of all edge nodes and devices. */
export const everySparkplugTopic = `${namespace}/+/+/+/#`;

/** The value of a STATE message, JSON (tck-id-host-topic-phid-birth-payload). */
export interface HostState {
  online: boolean;
  timestamp: number;
}

/** `undefined` if the bytes are not a STATE of Sparkplug 3.0. */
export function parseHostState(bytes: Uint8Array): HostState | undefined {
  try {
    const state = JSON.parse(new TextDecoder().decode(bytes)) as Partial<HostState> | null;
    if (typeof state?.online !== "boolean" || typeof state.timestamp !== "number") return undefined;
    return { online: state.online, timestamp: state.timestamp };
  } catch {
    return undefined;
  }
}
