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
  close(): Promise<void>;
}

export interface OpcuaPlcOptions {
  variables: Record<string, { type: keyof typeof DataType; value: unknown }>;
  /** Registered before the namespace of the variables, which gets a higher index by each. */
  namespacesBefore?: string[];
}

export async function startOpcuaPlc(options: OpcuaPlcOptions): Promise<OpcuaPlc> {
  const namespaceUri = "urn:test:plc";
  const folder = await mkdtemp(join(tmpdir(), "opcua-plc-"));
  const certificates = new OPCUACertificateManager({ rootFolder: folder });
  await certificates.initialize();
  const server = new OPCUAServer({
    host: "127.0.0.1",
    hostname: "127.0.0.1",
    port: 0,
    serverCertificateManager: certificates,
    userCertificateManager: certificates,
    certificateFile: join(folder, "own/certs/server.pem"),
    securityModes: [MessageSecurityMode.None],
    securityPolicies: [SecurityPolicy.None],
    registerServerMethod: RegisterServerMethod.HIDDEN,
    isAuditing: false,
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
  await server.start();
  const wire = await startWire({ port: Number(new URL(server.getEndpointUrl()).port) });
  return {
    endpoint: `opc.tcp://127.0.0.1:${wire.port}`,
    wire,
    namespaceUri,
    set,
    subscriptions: () => server.engine.currentSubscriptionCount,
    async close() {
      await wire.close();
      await server.shutdown(0);
      await certificates.dispose();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
