import { parseOpcuaAddress } from "@only-mes/protocols/device-map/addresses";
import type { OpcuaDevice } from "@only-mes/protocols/device-map/schema";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import {
  AttributeIds,
  BrowseDirection,
  coerceNodeId,
  LogLevel,
  NodeClass,
  OPCUAClient,
  resolveNodeId,
  setLogLevel,
  VariableIds,
  type BrowseResult,
  type ClientSession,
  type NodeId,
  type ReferenceDescription,
} from "node-opcua-client";
import { nodeIdIn } from "./address.ts";
import { describeVariables, type BrowsedVariable } from "./describe-variables.ts";
import { explain } from "./explain.ts";
import { nodesPerRequestUnknown } from "./plan.ts";
import { loginOf, type Login } from "./security.ts";
import { advanced, beginning, isMatch, type PathPattern, type Progress } from "./path-pattern.ts";

export interface BrowseRequest {
  /** Where it begins, as a device map writes NodeIds. */
  readonly root: string;
  /** Over the names below the root; none is everything. */
  readonly patterns: readonly PathPattern[];
  /** Names below the root. */
  readonly depthMax: number;
  /** Nodes that are looked at, whether they match or not. */
  readonly nodesMax: number;
  /** Whether what a server tells of itself is looked at too; hundreds of nodes that no plant needs. */
  readonly includesServer: boolean;
}

export interface Browsed {
  readonly variables: readonly BrowsedVariable[];
  readonly nodesSeen: number;
  /** There is more than the limits let it see. */
  readonly isCut: boolean;
}

/** However much a server says that it takes: a larger request keeps others waiting. */
const batchMax = 100;
const referencesMax = 1000;
const closeBoundMs = 1000;
/** The Server object (OPC UA Part 5, 8.3.2), and Aliases (Part 17, 9.2). */
const ofServer = ["ns=0;i=2253", "ns=0;i=23470"];

/**
 * Opens, looks, and leaves again, whatever happens.
 * @throws {RangeError} if the server does not have the root; {Error} if it cannot be asked, with what to do about it.
 */
export async function browseServer(
  device: OpcuaDevice,
  pkiFolder: string,
  request: BrowseRequest,
  signal: AbortSignal,
): Promise<Browsed> {
  const certificates = new OPCUACertificateManager({
    rootFolder: pkiFolder,
    automaticallyAcceptUnknownCertificate: false,
    disableFileWatchers: true,
  });
  const login = await loginOf(device);
  await certificates.initialize();
  const browser = new OpcuaBrowser(device, login, certificates);
  try {
    await inTime(browser.open(), signal);
    return await inTime(browser.browse(request, signal), signal);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    throw new Error(await explain(error, pkiFolder), { cause: error });
  } finally {
    await browser.close();
    await certificates.dispose();
  }
}

/** @throws {Error} as soon as the signal says so; what was begun ends with its connection. */
async function inTime<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new Error("it was given up"));
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", stop);
    work.catch(() => undefined);
  }
}

/** Looks around in a server's address space, in a session of its own. */
class OpcuaBrowser {
  readonly #client: OPCUAClient;
  readonly #device: OpcuaDevice;
  readonly #login: Login;
  #session: ClientSession | undefined;

  constructor(device: OpcuaDevice, login: Login, certificates: OPCUACertificateManager) {
    this.#device = device;
    this.#login = login;
    // The library writes to stdout, which is the command's.
    setLogLevel(LogLevel.Emergency);
    this.#client = OPCUAClient.create({
      applicationName: "OnlyMesGateway",
      clientName: `${device.id}-browse`,
      clientCertificateManager: certificates,
      connectionStrategy: { maxRetry: 0, initialDelay: 100, maxDelay: 200 },
      securityMode: login.securityMode,
      securityPolicy: login.securityPolicy,
      endpointMustExist: false,
      keepSessionAlive: false,
      requestedSessionTimeout: 60_000,
      transportTimeout: 60_000,
      defaultTransactionTimeout: device.timeoutMs * 5,
    });
  }

  /** @throws {Error} if the server cannot be reached, or refuses. */
  async open(): Promise<void> {
    await this.#client.connect(this.#device.endpoint);
    await this.#login.check(this.#client);
    this.#session = await this.#client.createSession(this.#login.identity);
  }

  /**
   * Every variable below the root whose path matches, the nearest first.
   * @throws {RangeError} if the server does not have the root.
   */
  async browse(request: BrowseRequest, signal: AbortSignal): Promise<Browsed> {
    const session = this.#session;
    if (session === undefined) throw new Error("no session");
    const namespaces = await session.readNamespaceArray();
    const root = rootIn(namespaces, request.root);
    const limits = await limitsOf(session, this.#device);
    const walk = new Walk(session, request, limits.nodesPerBrowse, signal);
    const found = await walk.from(root);
    const variables = await describeVariables(session, namespaces, found, limits.nodesPerRead);
    return { variables, nodesSeen: walk.nodesSeen, isCut: walk.isCut };
  }

  /** Never throws, and never takes longer than a second. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, closeBoundMs);
    this.#client.disconnect().then(resolve, () => resolve());
    await promise;
    clearTimeout(timer);
  }
}

function rootIn(namespaces: readonly string[], text: string): NodeId {
  const address = parseOpcuaAddress(text);
  const nodeId = address === undefined ? undefined : nodeIdIn(namespaces, address);
  if (nodeId === undefined) throw new RangeError(`the server has no namespace for ${text}`);
  return coerceNodeId(nodeId);
}

/** Nodes in one request: as the map says, else as the server tells, else as few as any server takes. */
async function limitsOf(session: ClientSession, device: OpcuaDevice) {
  const told = await session.read(
    [
      VariableIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerBrowse,
      VariableIds.Server_ServerCapabilities_OperationLimits_MaxNodesPerRead,
    ].map((id) => ({ nodeId: `ns=0;i=${id}`, attributeId: AttributeIds.Value })),
  );
  const [nodesPerBrowse = 1, nodesPerRead = 1] = told.map(({ value }) => {
    const count = Number(value.value ?? 0);
    const most = count > 0 ? count : (device.maxNodesPerRequest ?? nodesPerRequestUnknown);
    return Math.min(most, device.maxNodesPerRequest ?? batchMax, batchMax);
  });
  return { nodesPerBrowse, nodesPerRead };
}

interface Place {
  readonly nodeId: NodeId;
  readonly path: readonly string[];
  /** By pattern. */
  readonly progress: readonly Progress[];
}

/** Level by level, many nodes a request, every node once: an address space has circles. */
class Walk {
  readonly #session: ClientSession;
  readonly #request: BrowseRequest;
  readonly #batch: number;
  readonly #signal: AbortSignal;
  readonly #seen = new Set<string>();
  isCut = false;

  /** `batch` is how many nodes the server takes in one request. */
  constructor(session: ClientSession, request: BrowseRequest, batch: number, signal: AbortSignal) {
    this.#session = session;
    this.#request = request;
    this.#batch = batch;
    this.#signal = signal;
  }

  get nodesSeen(): number {
    return this.#seen.size - (this.#request.includesServer ? 0 : ofServer.length);
  }

  async from(root: NodeId): Promise<Place[]> {
    const { patterns, depthMax } = this.#request;
    const found: Place[] = [];
    this.#seen.add(root.toString());
    if (!this.#request.includesServer) for (const node of ofServer) this.#seen.add(node);
    let level: Place[] = [{ nodeId: root, path: [], progress: patterns.map(beginning) }];
    for (let depth = 1; level.length > 0; depth += 1) {
      if (depth > depthMax) {
        this.isCut = true;
        return found;
      }
      const below: Place[] = [];
      for (let at = 0; at < level.length; at += this.#batch) {
        if (this.#signal.aborted) return found;
        const parents = level.slice(at, at + this.#batch);
        const children = await this.#children(parents, depth === 1);
        parents.forEach((parent, index) => {
          for (const reference of children[index] ?? [])
            this.#meet(parent, reference, found, below);
        });
      }
      level = below;
    }
    return found;
  }

  #meet(parent: Place, reference: ReferenceDescription, found: Place[], below: Place[]): void {
    const { nodeId, browseName, nodeClass } = reference;
    const name = browseName.name ?? "";
    const key = nodeId.toString();
    // A node of another server is named, but cannot be asked here.
    if (this.#seen.has(key) || nodeId.serverIndex > 0) return;
    const { patterns, nodesMax } = this.#request;
    if (this.#seen.size >= nodesMax) {
      this.isCut = true;
      return;
    }
    const progress = patterns.map((pattern, index) =>
      advanced(pattern, parent.progress[index] ?? [], name),
    );
    if (patterns.length > 0 && progress.every((one) => one.length === 0)) return;
    this.#seen.add(key);
    const place: Place = { nodeId, path: [...parent.path, name], progress };
    const fits =
      patterns.length === 0 || patterns.some((one, index) => isMatch(one, progress[index] ?? []));
    if (fits && NodeClass[nodeClass] === "Variable") found.push(place);
    below.push(place);
  }

  /** Of each parent its references, continued until the server has no more. */
  async #children(parents: readonly Place[], isRoot: boolean): Promise<ReferenceDescription[][]> {
    const results = await this.#session.browse(
      parents.map(({ nodeId }) => ({
        nodeId,
        browseDirection: BrowseDirection.Forward,
        referenceTypeId: resolveNodeId("HierarchicalReferences"),
        includeSubtypes: true,
        nodeClassMask: NodeClass.Object | NodeClass.Variable,
        resultMask: 0x3f,
      })),
    );
    const [first] = results;
    if (isRoot && first?.statusCode.isGood() === false) {
      throw new RangeError(
        `the server answered ${first.statusCode.name} for ${this.#request.root}`,
      );
    }
    const lists: ReferenceDescription[][] = [];
    for (const result of results) lists.push(await this.#whole(result));
    return lists;
  }

  async #whole(first: BrowseResult): Promise<ReferenceDescription[]> {
    const references = [...(first.references ?? [])];
    let point = first.continuationPoint;
    while (point !== null && point !== undefined && point.length > 0) {
      const isEnough = references.length > this.#request.nodesMax || this.#signal.aborted;
      const next = await this.#session.browseNext(point, isEnough);
      references.push(...(next.references ?? []));
      point = next.continuationPoint;
      if (isEnough) this.isCut = true;
      if (isEnough) break;
    }
    return references.slice(0, this.#request.nodesMax + referencesMax);
  }
}
