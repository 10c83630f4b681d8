import { StatusCodes, type StatusCode } from "node-opcua-client";
import { nodeIdIn } from "./address.ts";
import { dataChangeFilter, eventFilter } from "./filters.ts";
import type { PlannedItem } from "./plan.ts";
import type { ServerLimits } from "./profiles.ts";
import { faultOf, RequestSize } from "./service-faults.ts";
import type { OpcuaSession } from "./session.ts";

/** What a server cannot monitor, but may well be read. */
export const unmonitorable: ReadonlySet<string | undefined> = new Set([
  "BadServiceUnsupported",
  "BadNotSupported",
  "BadNotImplemented",
  "BadTooManyMonitoredItems",
  "BadTooManySubscriptions",
]);

export const noNamespace = "the server has no such namespace";

const filterRefused: ReadonlySet<string> = new Set([
  StatusCodes.BadFilterNotAllowed.name,
  StatusCodes.BadMonitoredItemFilterUnsupported.name,
  StatusCodes.BadDeadbandFilterInvalid.name,
  StatusCodes.BadMonitoredItemFilterInvalid.name,
]);

export interface MonitorOptions {
  readonly session: OpcuaSession;
  readonly limits: ServerLimits;
  readonly namespaces: readonly string[];
  /** Nodes of which the server is known to take no filter; more are added. */
  readonly unfiltered: Set<string>;
  /** A line for the log, about the device. */
  readonly note: (what: string) => void;
  /** The server answered one request. */
  readonly answered: () => void;
}

export interface Monitored {
  /** What the server does not monitor, but may be read. */
  readonly toPoll: readonly PlannedItem[];
  readonly refused: readonly { readonly item: PlannedItem; readonly why: string }[];
}

/** Creates the items, as many in a request as the server takes. */
export async function monitorItems(
  items: readonly PlannedItem[],
  options: MonitorOptions,
): Promise<Monitored> {
  const size = new RequestSize(options.limits.itemsPerCall);
  const bySampling = Map.groupBy(items, ({ settings }) => settings.samplingMs);
  const outcomes: Outcome[] = [];
  for (const alike of bySampling.values()) {
    outcomes.push(...(await size.inRequests(alike, (batch) => create(batch, options))));
  }
  noteSlower(outcomes, options);
  const failed = outcomes.flatMap(({ item, why }) => (why === undefined ? [] : [{ item, why }]));
  const toPoll = failed.filter(({ why }) => unmonitorable.has(why));
  if (toPoll.length > 0) {
    options.note(`answered ${toPoll[0]?.why} for ${toPoll.length} items: they are polled`);
  }
  return {
    toPoll: toPoll.map(({ item }) => item),
    refused: failed.filter(({ why }) => !unmonitorable.has(why)),
  };
}

interface Outcome {
  readonly item: PlannedItem;
  /** Why it is not monitored. */
  readonly why: string | undefined;
  /** The sampling interval that the server made of it. */
  readonly samplingMs: number;
}

/** Where a server takes no filter it is asked without, and that is remembered: then all changes come. */
async function create(batch: readonly PlannedItem[], options: MonitorOptions): Promise<Outcome[]> {
  const first = await createOnce(batch, options);
  const again = first.filter(
    ({ item, why }) => why !== undefined && filterRefused.has(why) && isFiltered(item, options),
  );
  const [example] = again;
  if (example === undefined) return first;
  options.note(
    `answered ${example.why} to the filter of ${again.length} items, such as ${example.item.node}: every change comes, and the gateway applies the deadband`,
  );
  for (const { item } of again) options.unfiltered.add(item.node);
  const items = again.map(({ item }) => item);
  const second = new Map(
    (await createOnce(items, options)).map((outcome) => [outcome.item, outcome]),
  );
  return first.map((outcome) => second.get(outcome.item) ?? outcome);
}

function isFiltered(
  { node, settings }: PlannedItem,
  { limits, unfiltered }: MonitorOptions,
): boolean {
  if (settings.event !== undefined || unfiltered.has(node)) return false;
  return limits.profile.takesFilters && dataChangeFilter(settings) !== undefined;
}

async function createOnce(
  batch: readonly PlannedItem[],
  options: MonitorOptions,
): Promise<Outcome[]> {
  const prepared = batch.map((item) => ({ item, ...requestOf(item, options) }));
  const known = prepared.flatMap(({ item, nodeId, filter }) =>
    nodeId === undefined ? [] : [{ item, nodeId, filter }],
  );
  const failed = (item: PlannedItem, why: string): Outcome => ({ item, why, samplingMs: 0 });
  const unknown = prepared
    .filter(({ nodeId }) => nodeId === undefined)
    .map(({ item }) => failed(item, noNamespace));
  if (known.length === 0) return unknown;
  try {
    const created = await options.session.monitor(known);
    options.answered();
    const outcomes = known.map(({ item }, index) => outcomeOf(item, created[index]));
    return [...outcomes, ...unknown];
  } catch (error) {
    const fault = faultOf(error);
    if (fault === undefined || !unmonitorable.has(fault)) throw error;
    return [...known.map(({ item }) => failed(item, fault)), ...unknown];
  }
}

function requestOf(item: PlannedItem, options: MonitorOptions) {
  const { settings, points } = item;
  const nodeId = points[0] && nodeIdIn(options.namespaces, points[0].address);
  if (settings.event === undefined) {
    const filter = isFiltered(item, options) ? dataChangeFilter(settings) : undefined;
    return { nodeId, filter };
  }
  const filter = eventFilter(item, settings.event, options.namespaces);
  return { nodeId: filter && nodeId, filter };
}

function outcomeOf(
  item: PlannedItem,
  created: { status: StatusCode; samplingMs: number } | undefined,
): Outcome {
  const { status, samplingMs = 0 } = created ?? {};
  return {
    item,
    why: status?.isGood() === true ? undefined : (status?.name ?? "nothing"),
    samplingMs,
  };
}

/** A server may look more rarely than it was asked to; who expects the changes in between should know. */
function noteSlower(outcomes: readonly Outcome[], { note }: MonitorOptions): void {
  const slower = outcomes.filter(
    ({ item, samplingMs }) => samplingMs > item.settings.samplingMs * 1.5 + 20,
  );
  if (slower.length === 0) return;
  const slowest = Math.max(...slower.map(({ samplingMs }) => samplingMs));
  note(`samples ${slower.length} items more slowly than asked, up to every ${slowest} ms`);
}
