import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { opcuaSecurityPolicies } from "@only-mes/protocols/device-map/opcua";
import { MessageSecurityMode, UserTokenType } from "node-opcua";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { at, OpcuaRig, within } from "../../../tests/opcua-rig.ts";
import { listCertificates, rejectCertificate, trustCertificate } from "./trust-store.ts";

const variables = { A: { type: "Int32", value: 7 } } as const;
const tags = [{ address: at("A") }];

describe("OPC UA with security", () => {
  let rig: OpcuaRig;
  const pki = () => join(rig.dataDir, "pki");

  beforeEach(async () => {
    rig = await OpcuaRig.make();
  });
  afterEach(() => rig.end());

  /** What a person does who was asked. */
  const trustAll = async () => {
    await vi.waitFor(async () => expect(await listCertificates(pki())).not.toEqual([]), within);
    for (const { thumbprint } of await listCertificates(pki())) {
      await trustCertificate(pki(), thumbprint);
    }
  };
  const secretFile = async (text: string) => {
    const file = join(rig.dataDir, "secret");
    await writeFile(file, text, { mode: 0o600 });
    return file;
  };

  test("an unknown server is refused until a person trusts its certificate, and again after", async () => {
    const plc = await rig.plc({ variables, secured: {} });
    rig.drive(plc.endpoint, tags, { security: {} });
    await rig.says(/not trusted.*"inspect trust": [0-9a-f]{40} \(urn:/);
    expect(rig.sink.count("connected")).toBe(0);
    await trustAll();
    await rig.connected();
    expect(rig.sink.value(0)).toBe(7);
    const [server] = await listCertificates(pki());
    await rejectCertificate(pki(), server?.thumbprint ?? "");
    plc.wire.reset();
    await vi.waitFor(() => expect(rig.sink.count("lost")).toBe(1), within);
    await vi.waitFor(
      () => expect(rig.sink.errors().at(-1)?.message).toMatch(/not trusted/),
      within,
    );
    expect(rig.sink.count("connected")).toBe(1);
  });

  test.for(
    opcuaSecurityPolicies.flatMap((policy) =>
      (["Sign", "SignAndEncrypt"] as const).map((mode) => ({ policy, mode })),
    ),
  )("$mode with $policy is what the server sees", async ({ policy, mode }) => {
    const plc = await rig.plc({ variables, secured: {} });
    rig.drive(plc.endpoint, tags, { security: { mode, policy } });
    await trustAll();
    await rig.connected();
    await rig.shows(7);
    const channels = plc.server.endpoints.flatMap((endpoint) => endpoint.getChannels());
    expect(channels.map((channel) => channel.securityMode)).toContain(MessageSecurityMode[mode]);
    expect(channels.map((channel) => channel.securityPolicy).join()).toContain(policy);
  });

  test("a server that does not offer the security is not spoken to without", async () => {
    const plc = await rig.plc({ variables });
    rig.drive(plc.endpoint, tags, { security: {} });
    await rig.says(/does not offer this security/);
    expect(rig.sink.count("connected")).toBe(0);
  });

  test("a user by name, with the password from a file, and a changed one without a restart", async () => {
    const plc = await rig.plc({ variables, secured: { users: { anna: "right" } } });
    const passwordFile = await secretFile("wrong\n");
    rig.drive(plc.endpoint, tags, { security: {}, user: { name: "anna", passwordFile } });
    await trustAll();
    await rig.says(/does not accept this user/);
    await secretFile("right\nsecond line\n");
    await rig.connected();
    await rig.shows(7);
    const said = JSON.stringify(rig.sink.errors().map(({ message }) => message));
    expect(said).not.toMatch(/right|wrong/);
  });

  test("a password from the environment; and what is missing is named, never what it is", async () => {
    const plc = await rig.plc({ variables, secured: { users: { anna: "of the environment" } } });
    const user = { name: "anna", passwordEnv: "ONLY_MES_TEST_PASSWORD" };
    rig.drive(plc.endpoint, tags, { security: {}, user });
    await rig.says(/environment variable ONLY_MES_TEST_PASSWORD .* is not set/);
    vi.stubEnv("ONLY_MES_TEST_PASSWORD", "of the environment");
    await trustAll();
    await rig.connected();
    expect(rig.sink.value(0)).toBe(7);
    vi.unstubAllEnvs();
  });

  test("anonymous is refused where the server wants a user", async () => {
    const plc = await rig.plc({ variables, secured: { users: { anna: "right" } } });
    rig.drive(plc.endpoint, tags);
    await rig.says(/takes no user of this kind here/);
    expect(rig.sink.count("connected")).toBe(0);
  });

  test("a password that the server would take unencrypted is not sent on a signed connection", async () => {
    const plc = await rig.plc({ variables, secured: { users: { anna: "right" } } });
    for (const endpoint of plc.server.endpoints.flatMap((one) => one.endpointDescriptions())) {
      for (const token of endpoint.userIdentityTokens ?? []) {
        if (token.tokenType === UserTokenType.UserName) {
          token.securityPolicyUri = "http://opcfoundation.org/UA/SecurityPolicy#None";
        }
      }
    }
    const passwordFile = await secretFile("right");
    const user = { name: "anna", passwordFile };
    rig.drive(plc.endpoint, tags, { security: { mode: "Sign" }, user });
    await trustAll();
    await rig.says(/takes the password unencrypted, and the connection is only signed/);
    expect(rig.sink.count("connected")).toBe(0);
  });

  test("a user by certificate", async () => {
    const plc = await rig.plc({ variables, secured: {} });
    const folder = join(rig.dataDir, "user");
    await mkdir(folder);
    const keys = new OPCUACertificateManager({ rootFolder: folder, disableFileWatchers: true });
    await keys.initialize();
    const certificateFile = join(folder, "user.pem");
    await keys.createSelfSignedCertificate({
      applicationUri: "urn:test:anna",
      dns: [],
      subject: "/CN=anna",
      startDate: new Date("2026-01-01T00:00:00Z"),
      validity: 3650,
      outputFile: certificateFile,
    });
    const privateKeyFile = keys.privateKey;
    await keys.dispose();
    expect(await readFile(certificateFile, "utf8")).toContain("BEGIN CERTIFICATE");
    rig.drive(plc.endpoint, tags, { security: {}, user: { certificateFile, privateKeyFile } });
    await trustAll();
    await rig.connected();
    const sessions = Object.values(
      (plc.server.engine as unknown as { _sessions: Record<string, unknown> })._sessions,
    ) as { userIdentityToken?: { certificateData?: Buffer } }[];
    expect(sessions.some((one) => one.userIdentityToken?.certificateData !== undefined)).toBe(true);
  });
});
