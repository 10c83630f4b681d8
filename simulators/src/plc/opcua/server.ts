import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import {
  DataType,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  RegisterServerMethod,
  SecurityPolicy,
  StatusCodes,
  type OPCUAServerEndPoint,
  type StatusCode,
  type UAVariable,
} from "node-opcua";
import type { Behaviour } from "../behaviour.ts";

/** An OPC UA server on the loopback address, with variables that keep their own source times. */
export interface OpcuaPlc {
  readonly url: string;
  readonly port: number;
  set(nodeId: string, value: NodeValue, sourceTimeMs: number, status?: StatusCode): void;
  /** Settles when it is in force. Of the behaviours an OPC UA server knows `disconnect` only. */
  behave(...behaviours: Behaviour[]): Promise<void>;
  close(): Promise<void>;
}

export type NodeValue = number | string | boolean;

export type NodeType = "Int32" | "UInt32" | "Float" | "Double" | "String" | "Boolean";

export interface NodeDesign {
  /** The folder, then the name in it; the NodeId is `s=<folder>.<name>`. */
  folder: string;
  name: string;
  type: NodeType;
  engineeringUnit?: string;
}

export interface OpcuaPlcOptions {
  /** 0 is any free one. */
  port: number;
  namespaceUri: string;
  nodes: readonly NodeDesign[];
  /** Keys, certificates and trust lists are kept here. */
  stateDir: string;
}

export async function startOpcuaPlc(options: OpcuaPlcOptions): Promise<OpcuaPlc> {
  const server = await buildServer(options);
  const variables = addVariables(server, options);
  await server.start();
  const url = server.getEndpointUrl();
  const port = Number(new URL(url).port);
  let upAgain: NodeJS.Timeout | undefined;
  let up = true;
  /** One change of the listening socket after another. */
  let changing: Promise<void> = Promise.resolve();

  function change(toUp: boolean): Promise<void> {
    changing = settled(changing).then(async () => {
      if (up === toUp) return;
      await (toUp ? restore(server) : suspend(server));
      up = toUp;
    });
    return changing;
  }

  async function drop(realMs: number): Promise<void> {
    clearTimeout(upAgain);
    await change(false);
    upAgain = setTimeout(comeBack, realMs);
  }

  function comeBack(): void {
    // The port may be in use for a moment still.
    change(true).catch(() => (upAgain = setTimeout(comeBack, 100)));
  }

  return {
    url,
    port,
    set(nodeId, value, sourceTimeMs, status = StatusCodes.Good) {
      const known = variables.get(nodeId);
      if (known === undefined) throw new RangeError(`the OPC UA server has no node ${nodeId}`);
      known.variable.setValueFromSource(
        { dataType: known.dataType, value },
        status,
        new Date(sourceTimeMs),
      );
    },
    async behave(...behaviours) {
      for (const behaviour of behaviours) {
        if (behaviour.kind === "disconnect") await drop(behaviour.realMs);
      }
    },
    async close() {
      clearTimeout(upAgain);
      await settled(changing);
      await server.shutdown(0);
    },
  };
}

async function buildServer({ port, stateDir }: OpcuaPlcOptions): Promise<OPCUAServer> {
  const rootFolder = join(stateDir, "opcua-pki");
  await mkdir(rootFolder, { recursive: true });
  const certificates = new OPCUACertificateManager({ rootFolder });
  await certificates.initialize();
  const server = new OPCUAServer({
    host: "127.0.0.1",
    hostname: "127.0.0.1",
    port,
    serverCertificateManager: certificates,
    userCertificateManager: certificates,
    certificateFile: join(rootFolder, "own/certs/server.pem"),
    securityModes: [MessageSecurityMode.None],
    securityPolicies: [SecurityPolicy.None],
    allowAnonymous: true,
    registerServerMethod: RegisterServerMethod.HIDDEN,
    isAuditing: false,
    maxConnectionsPerEndpoint: 50,
    // 0: a subscriber who asks for every change gets every change.
    serverCapabilities: { maxSessions: 50, minSupportedSampleRate: 0 },
    buildInfo: { productName: "Only MES plant simulator" },
  });
  await server.initialize();
  return server;
}

interface KnownVariable {
  variable: UAVariable;
  dataType: DataType;
}

function addVariables(
  server: OPCUAServer,
  { namespaceUri, nodes }: OpcuaPlcOptions,
): Map<string, KnownVariable> {
  const { addressSpace } = server.engine;
  if (addressSpace === null) throw new Error("the OPC UA server has no address space");
  const namespace = addressSpace.registerNamespace(namespaceUri);
  const folders = new Map(
    [...new Set(nodes.map(({ folder }) => folder))].map((folder) => [
      folder,
      namespace.addObject({
        browseName: folder,
        organizedBy: addressSpace.rootFolder.objects,
      }),
    ]),
  );
  return new Map(
    nodes.map(({ folder, name, type, engineeringUnit }) => {
      const parent = folders.get(folder);
      const variable = namespace.addVariable({
        ...(parent && { componentOf: parent }),
        browseName: name,
        nodeId: `s=${folder}.${name}`,
        dataType: DataType[type],
        minimumSamplingInterval: 0,
        ...(engineeringUnit !== undefined && { description: `in ${engineeringUnit}` }),
      });
      return [`s=${folder}.${name}`, { variable, dataType: DataType[type] }];
    }),
  );
}

async function suspend(server: OPCUAServer): Promise<void> {
  for (const endpoint of server.endpoints) {
    // The listening socket closes only when the last connection has: both at once.
    const suspended = called(endpoint, "suspendConnection");
    endpoint.abruptlyInterruptChannels();
    await suspended;
  }
}

async function restore(server: OPCUAServer): Promise<void> {
  for (const endpoint of server.endpoints) await called(endpoint, "restoreConnection");
}

function settled(promise: Promise<void>): Promise<void> {
  return promise.catch(() => {});
}

function called(
  endpoint: OPCUAServerEndPoint,
  method: "suspendConnection" | "restoreConnection",
): Promise<void> {
  return new Promise((resolve, reject) => {
    endpoint[method]((error) => (error ? reject(error) : resolve()));
  });
}
