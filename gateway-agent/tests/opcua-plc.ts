import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  DataType,
  MessageSecurityMode,
  OPCUACertificateManager,
  OPCUAServer,
  RegisterServerMethod,
  SecurityPolicy,
  StatusCodes,
  VariantArrayType,
  type Namespace,
  type OPCUAServerOptions,
  type StatusCode,
  type UAVariable,
} from "node-opcua";
import { startWire, type Wire } from "./wire.ts";

/** A real OPC UA server with a few variables, behind a wire that can be broken. */
export interface OpcuaPlc {
  readonly endpoint: string;
  readonly wire: Wire;
  readonly namespaceUri: string;
  /** `sourceMs` undefined: now. */
  set: (name: string, value: unknown, options?: { sourceMs?: number; status?: StatusCode }) => void;
  /** Subscriptions that live on the server. */
  subscriptions(): number;
  /** The server's own certificate store. */
  readonly pki: string;
  readonly server: OPCUAServer;
  close(): Promise<void>;
}

export interface OpcuaPlcOptions {
  variables: Record<string, { type: keyof typeof DataType; value: unknown }>;
  /** Registered before the namespace of the variables, which gets a higher index by each. */
  namespacesBefore?: string[];
  /** Beside none, every mode with every policy that the gateway knows; and only these users, if any. */
  secured?: { users?: Record<string, string>; acceptsAnyClient?: boolean };
  /** Merged into what the library's server has. */
  server?: Partial<OPCUAServerOptions>;
  /** More than variables: structures, methods, objects that tell events. */
  extend?: (namespace: Namespace) => void | Promise<void>;
}

const everyMode = [
  MessageSecurityMode.None,
  MessageSecurityMode.Sign,
  MessageSecurityMode.SignAndEncrypt,
];

const everyPolicy = [
  SecurityPolicy.None,
  SecurityPolicy.Basic256Sha256,
  SecurityPolicy.Aes128_Sha256_RsaOaep,
  SecurityPolicy.Aes256_Sha256_RsaPss,
];

export async function startOpcuaPlc(options: OpcuaPlcOptions): Promise<OpcuaPlc> {
  const namespaceUri = "urn:test:plc";
  const folder = await mkdtemp(join(tmpdir(), "opcua-plc-"));
  const { secured } = options;
  const certificates = new OPCUACertificateManager({
    rootFolder: folder,
    automaticallyAcceptUnknownCertificate: secured?.acceptsAnyClient !== false,
    disableFileWatchers: true,
  });
  await certificates.initialize();
  const users: Record<string, string> = { ...secured?.users };
  const server = new OPCUAServer({
    host: "127.0.0.1",
    hostname: "127.0.0.1",
    port: 0,
    serverCertificateManager: certificates,
    userCertificateManager: certificates,
    certificateFile: join(folder, "own/certs/server.pem"),
    securityModes: secured ? everyMode : [MessageSecurityMode.None],
    securityPolicies: secured ? everyPolicy : [SecurityPolicy.None],
    allowAnonymous: secured?.users === undefined,
    ...(secured?.users && {
      userManager: { isValidUser: (name: string, password: string) => users[name] === password },
    }),
    registerServerMethod: RegisterServerMethod.HIDDEN,
    isAuditing: false,
    ...options.server,
  });
  await server.initialize();
  const { addressSpace } = server.engine;
  if (addressSpace === null) throw new Error("the server has no address space");
  for (const uri of options.namespacesBefore ?? []) addressSpace.registerNamespace(uri);
  const namespace = addressSpace.registerNamespace(namespaceUri);
  const variables = new Map<string, { variable: UAVariable; dataType: DataType }>();
  for (const [name, { type }] of Object.entries(options.variables)) {
    const dataType = DataType[type];
    const variable = namespace.addVariable({
      organizedBy: addressSpace.rootFolder.objects,
      browseName: name,
      nodeId: `s=${name}`,
      dataType,
      minimumSamplingInterval: 0,
    });
    variables.set(name, { variable, dataType });
  }
  const set: OpcuaPlc["set"] = (name, value, { sourceMs = Date.now(), status } = {}) => {
    const known = variables.get(name);
    if (known === undefined) throw new RangeError(`no variable ${name}`);
    const { variable, dataType } = known;
    variable.setValueFromSource(
      { dataType, arrayType: VariantArrayType.Scalar, value },
      status ?? StatusCodes.Good,
      new Date(sourceMs),
    );
  };
  for (const [name, { value }] of Object.entries(options.variables)) set(name, value);
  await options.extend?.(namespace);
  await server.start();
  const wire = await startWire({ port: Number(new URL(server.getEndpointUrl()).port) });
  return {
    endpoint: `opc.tcp://127.0.0.1:${wire.port}`,
    wire,
    namespaceUri,
    set,
    pki: folder,
    server,
    subscriptions: () => server.engine.currentSubscriptionCount,
    async close() {
      await wire.close();
      await server.shutdown(0);
      await certificates.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
