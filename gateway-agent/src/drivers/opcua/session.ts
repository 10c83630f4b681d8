import type { OpcuaDevice } from "@only-mes/protocols/device-map/schema";
import type { OPCUACertificateManager } from "node-opcua-certificate-manager";
import {
  AttributeIds,
  coerceNodeId,
  DataType,
  findBasicDataType,
  getBuiltInDataType,
  MonitoringMode,
  OPCUAClient,
  promoteOpaqueStructureInNotificationData,
  TimestampsToReturn,
  type CallMethodRequestLike,
  type CallMethodResult,
  type ClientSession,
  type ClientSessionRawSubscriptionService,
  type ClientSubscription,
  type DataValue,
  type MonitoredItemCreateRequestOptions,
  type NotificationData,
  type NotificationMessage,
  type StatusCode,
  type Variant,
  type WriteValueOptions,
} from "node-opcua-client";
import { newsOf, withoutNews, type ItemNews, type NotificationParts } from "./notifications.ts";
import type { PlannedItem, SubscriptionPlan } from "./plan.ts";
import type { Login } from "./security.ts";

type NumericRange = WriteValueOptions["indexRange"];

const closeBoundMs = 1000;

export interface SessionNews {
  /** News of one notification; none if the server only says that it lives. */
  heard(news: readonly ItemNews<PlannedItem>[]): void;
  lost(why: string): void;
}

/** What became of an item that was asked for. */
export interface CreatedItem {
  readonly status: StatusCode;
  readonly samplingMs: number;
}

/**
 * One client, one session, one subscription. node-opcua's own endless reconnect is off: it leaves
 * "connected" with nothing monitored (node-opcua#1059). After any loss all of it is closed and made anew.
 */
export class OpcuaSession {
  readonly #client: OPCUAClient;
  readonly #news: SessionNews;
  readonly #items = new Map<number, PlannedItem>();
  #handles = 0;
  #early: NotificationParts[] | undefined = [];
  /** Settles when all that came before has been handed on; only while a structure is being read. */
  #reading: Promise<void> | undefined;
  #session: ClientSession | undefined;
  #subscription: ClientSubscription | undefined;
  #isOver = false;

  constructor(
    device: OpcuaDevice,
    login: Login,
    certificates: OPCUACertificateManager,
    news: SessionNews,
  ) {
    this.#news = news;
    this.#client = OPCUAClient.create({
      applicationName: "OnlyMesGateway",
      clientName: device.id,
      clientCertificateManager: certificates,
      connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 200 },
      securityMode: login.securityMode,
      securityPolicy: login.securityPolicy,
      endpointMustExist: false,
      keepSessionAlive: false,
      requestedSessionTimeout: 20_000,
      // Silence is watched by the one who knows how often the server should speak.
      transportTimeout: 60_000,
      defaultTransactionTimeout: device.timeoutMs * 5,
    });
    this.#client.on("connection_lost", () => this.#lose("the connection was lost"));
    this.#client.on("close", () => this.#lose("the connection was closed"));
  }

  async open(endpoint: string, login: Login): Promise<void> {
    await this.#client.connect(endpoint);
    await login.check(this.#client);
    this.#session = await this.#client.createSession(login.identity);
    this.#session.on("session_closed", () => this.#lose("the server closed the session"));
  }

  /** Values in the order of the nodes. */
  async read(nodeIds: readonly string[]): Promise<DataValue[]> {
    const request = nodeIds.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value }));
    return wholeAnswer(await this.#opened().read(request), nodeIds.length);
  }

  /** @returns how often the server speaks by itself, as it made it of what was asked. */
  async subscribe(plan: SubscriptionPlan): Promise<{ publishingMs: number; keepAliveMs: number }> {
    const subscription = await this.#opened().createSubscription2({
      requestedPublishingInterval: plan.publishingMs,
      requestedMaxKeepAliveCount: plan.keepAliveCount,
      requestedLifetimeCount: plan.lifetimeCount,
      maxNotificationsPerPublish: 0,
      publishingEnabled: true,
    });
    this.#subscription = subscription;
    subscription.on("raw_notification", (message: NotificationMessage) => this.#notified(message));
    subscription.on("terminated", () => this.#lose("the subscription ended"));
    subscription.on("status_changed", (status: { name?: string }) =>
      this.#lose(`the subscription is ${status.name ?? "over"}`),
    );
    subscription.on("internal_error", (error: Error) => this.#lose(error.message));
    const publishingMs = subscription.publishingInterval;
    return { publishingMs, keepAliveMs: publishingMs * subscription.maxKeepAliveCount };
  }

  async monitor(
    items: readonly {
      item: PlannedItem;
      nodeId: string;
      filter: NonNullable<MonitoredItemCreateRequestOptions["requestedParameters"]>["filter"];
    }[],
  ): Promise<CreatedItem[]> {
    const first = this.#handles + 1;
    this.#handles += items.length;
    // All sessions of the library have it; the type of a session only tells of its own items.
    const session = this.#opened() as ClientSession & ClientSessionRawSubscriptionService;
    const response = await session.createMonitoredItems({
      subscriptionId: this.#subscription?.subscriptionId ?? 0,
      timestampsToReturn: TimestampsToReturn.Both,
      itemsToCreate: items.map(({ item: { settings }, nodeId, filter }, index) => ({
        itemToMonitor: {
          nodeId: coerceNodeId(nodeId),
          attributeId:
            settings.event === undefined ? AttributeIds.Value : AttributeIds.EventNotifier,
        },
        monitoringMode: MonitoringMode.Reporting,
        requestedParameters: {
          clientHandle: first + index,
          samplingInterval: settings.samplingMs,
          queueSize: settings.queueSize,
          discardOldest: settings.discardsOldest,
          filter: filter ?? null,
        },
      })),
    });
    const results = wholeAnswer(response.results ?? [], items.length);
    return results.map(({ statusCode, revisedSamplingInterval }, index) => {
      const item = items[index]?.item;
      if (statusCode.isGood() && item !== undefined) this.#items.set(first + index, item);
      return { status: statusCode, samplingMs: revisedSamplingInterval };
    });
  }

  /** All items are known: what came in the meantime is handed on, and then all that comes. */
  flow(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const parts of early) this.#handOn(parts);
  }

  async write(nodeId: string, value: Variant, indexRange: string | undefined): Promise<StatusCode> {
    return await this.#opened().write({
      nodeId: coerceNodeId(nodeId),
      attributeId: AttributeIds.Value,
      // The library makes a range of the text; its types do not say so.
      ...(indexRange !== undefined && { indexRange: indexRange as unknown as NumericRange }),
      value: { value },
    });
  }

  async call(request: CallMethodRequestLike): Promise<CallMethodResult> {
    return await this.#opened().call(request);
  }

  /** Never throws, and never takes longer than a second: a dead server answers no goodbye. */
  async close(): Promise<void> {
    this.#isOver = true;
    this.#subscription?.removeAllListeners();
    this.#session?.removeAllListeners();
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, closeBoundMs);
    this.#client.disconnect().then(resolve, () => resolve());
    await promise;
    clearTimeout(timer);
  }

  /** The built-in type that the server declares for a variable, whether it has a value or not. */
  async builtInType(nodeId: string): Promise<DataType | undefined> {
    try {
      return await getBuiltInDataType(this.#opened(), coerceNodeId(nodeId));
    } catch {
      return undefined;
    }
  }

  /** Built-in types of the arguments that a method takes; `undefined` for structures and arrays. */
  async argumentTypes(methodId: string): Promise<(DataType | undefined)[]> {
    const session = this.#opened();
    const { inputArguments } = await session.getArgumentDefinition(coerceNodeId(methodId));
    const types: (DataType | undefined)[] = [];
    for (const { dataType, valueRank } of inputArguments) {
      types.push(valueRank >= 0 ? undefined : await findBasicDataType(session, dataType));
    }
    return types;
  }

  #opened(): ClientSession {
    if (this.#session === undefined) throw new Error("no session");
    return this.#session;
  }

  #notified(message: NotificationMessage): void {
    const parts = message.notificationData ?? [];
    withoutNews(message);
    if (this.#early === undefined) this.#handOn(parts);
    else this.#early.push(parts);
  }

  /** The library swallows what is thrown in here: it must not be lost. */
  #handOn(parts: NotificationParts): void {
    try {
      const news = newsOf(parts, this.#items);
      if (this.#reading === undefined && !news.some(hasStructure)) this.#news.heard(news);
      else this.#inTurn(parts, news);
    } catch (error) {
      this.#lose(error instanceof Error ? error.message : String(error));
    }
  }

  /** The server is asked once how its structures are built; what comes meanwhile keeps its turn. */
  #inTurn(parts: NotificationParts, news: readonly ItemNews<PlannedItem>[]): void {
    const before = this.#reading;
    const described = promoteOpaqueStructureInNotificationData(
      this.#opened(),
      parts.filter((part): part is NotificationData => part !== null),
    );
    // What stays opaque is told of, value by value.
    const reading = described
      .catch(() => undefined)
      .then(() => before)
      .then(() => {
        if (this.#reading === reading) this.#reading = undefined;
        if (!this.#isOver) this.#news.heard(news);
      })
      .catch((error: unknown) => this.#lose(error instanceof Error ? error.message : "no reading"));
    this.#reading = reading;
  }

  #lose(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#news.lost(why);
  }
}

function hasStructure(news: ItemNews<PlannedItem>): boolean {
  return "dataValue" in news
    ? news.dataValue.value?.dataType === DataType.ExtensionObject
    : news.eventFields.some(({ dataType }) => dataType === DataType.ExtensionObject);
}

/** @throws {Error} if a server answers for more or fewer than it was asked: whose value is whose? */
function wholeAnswer<T>(answers: readonly T[], asked: number): T[] {
  if (answers.length === asked) return [...answers];
  throw new Error(`the server answered for ${answers.length} of ${asked} nodes`);
}
