import type { OpcuaDevice, ValueType } from "@only-mes/protocols/device-map/schema";
import type { OPCUACertificateManager } from "node-opcua-certificate-manager";
import {
  AttributeIds,
  coerceNodeId,
  DataChangeNotification,
  getBuiltInDataType,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
  type ClientSession,
  type ClientSubscription,
  type DataValue,
  type NotificationMessage,
} from "node-opcua-client";
import type { OpcuaPoint } from "./address.ts";
import { inBatches, type ItemBatch, type SubscriptionPlan } from "./plan.ts";
import { valueTypeOf } from "./values.ts";

/** Values that a server may hold back between two publications. */
const queueSize = 50;
const closeBoundMs = 1000;

export interface Change {
  readonly point: OpcuaPoint;
  readonly dataValue: DataValue;
}

export interface SessionNews {
  /** Changes of one notification; none if the server only says that it lives. */
  changed(changes: readonly Change[]): void;
  lost(why: string): void;
}

/**
 * One client, one session, one subscription. node-opcua's own endless reconnect is off: it leaves
 * "connected" with nothing monitored (node-opcua#1059). After any loss all of it is closed and made anew.
 */
export class OpcuaSession {
  readonly #client: OPCUAClient;
  readonly #news: SessionNews;
  readonly #points = new Map<number, OpcuaPoint>();
  #early: NotificationMessage[] | undefined = [];
  #session: ClientSession | undefined;
  #subscription: ClientSubscription | undefined;
  #isOver = false;

  constructor(device: OpcuaDevice, certificates: OPCUACertificateManager, news: SessionNews) {
    this.#news = news;
    this.#client = OPCUAClient.create({
      applicationName: "OnlyMesGateway",
      clientName: device.id,
      clientCertificateManager: certificates,
      connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 200 },
      securityMode: MessageSecurityMode.None,
      securityPolicy: SecurityPolicy.None,
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

  async open(endpoint: string): Promise<{ namespaces: string[] }> {
    await this.#client.connect(endpoint);
    this.#session = await this.#client.createSession();
    this.#session.on("session_closed", () => this.#lose("the server closed the session"));
    return { namespaces: await this.#session.readNamespaceArray() };
  }

  async read(nodeIds: readonly string[]): Promise<DataValue[]> {
    const values: DataValue[] = [];
    for (const batch of inBatches(nodeIds)) {
      const request = batch.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value }));
      values.push(...(await this.#opened().read(request)));
    }
    return values;
  }

  async subscribe(plan: SubscriptionPlan): Promise<void> {
    const subscription = await this.#opened().createSubscription2({
      requestedPublishingInterval: plan.publishingMs,
      requestedMaxKeepAliveCount: plan.keepAliveCount,
      requestedLifetimeCount: plan.lifetimeCount,
      maxNotificationsPerPublish: 0,
      publishingEnabled: true,
    });
    this.#subscription = subscription;
    subscription.on("raw_notification", (message: NotificationMessage) => this.#notified(message));
    subscription.on("keepalive", () => this.#news.changed([]));
    subscription.on("terminated", () => this.#lose("the subscription ended"));
    subscription.on("status_changed", (status: { name?: string }) =>
      this.#lose(`the subscription is ${status.name ?? "over"}`),
    );
    subscription.on("internal_error", (error: Error) => this.#lose(error.message));
  }

  /** Why each item is not monitored; `undefined` if it is. */
  async monitor(batch: ItemBatch, nodeIds: readonly string[]): Promise<(string | undefined)[]> {
    const group = await this.#subscription?.monitorItems(
      nodeIds.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
      { samplingInterval: batch.samplingMs, queueSize, discardOldest: true },
      TimestampsToReturn.Both,
    );
    return batch.points.map((point, index) => {
      const item = group?.monitoredItems[index];
      if (item?.statusCode?.isGood() !== true) return item?.statusCode?.name ?? "no answer";
      this.#points.set(item.monitoringParameters.clientHandle, point);
      return undefined;
    });
  }

  /** All items are known: what came in the meantime is handed on, and then all that comes. */
  flow(): void {
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const message of early) this.#notified(message);
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

  /** The type that the server declares for a variable that has no value yet. */
  async declaredType(nodeId: string): Promise<ValueType | undefined> {
    try {
      return valueTypeOf(await getBuiltInDataType(this.#opened(), coerceNodeId(nodeId)));
    } catch {
      return undefined;
    }
  }

  #opened(): ClientSession {
    if (this.#session === undefined) throw new Error("no session");
    return this.#session;
  }

  #notified(message: NotificationMessage): void {
    if (this.#early !== undefined) {
      this.#early.push(message);
      return;
    }
    const changes: Change[] = [];
    for (const part of message.notificationData ?? []) {
      if (!(part instanceof DataChangeNotification)) continue;
      for (const { clientHandle, value } of part.monitoredItems ?? []) {
        const point = this.#points.get(clientHandle);
        if (point !== undefined) changes.push({ point, dataValue: value });
      }
    }
    this.#news.changed(changes);
  }

  #lose(why: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#news.lost(why);
  }
}
