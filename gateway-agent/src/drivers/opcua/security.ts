import { readFile, stat } from "node:fs/promises";
import type { OpcuaDevice } from "@only-mes/protocols/device-map/schema";
import {
  MessageSecurityMode,
  SecurityPolicy,
  UserTokenType,
  type OPCUAClient,
  type UserIdentityInfo,
} from "node-opcua-client";
import { environmentVariable } from "../../config/environment.ts";

/** How a session is opened: how secure, and by whom. */
export interface Login {
  readonly securityMode: MessageSecurityMode;
  readonly securityPolicy: SecurityPolicy;
  readonly identity: UserIdentityInfo;
  /**
   * Between connecting and telling who one is.
   * @throws {Error} if the server wants a password where others could read it.
   */
  check(client: OPCUAClient): Promise<void>;
}

/** Secrets are read at every connect: a changed one needs no restart, and none is kept. */
export async function loginOf(device: OpcuaDevice): Promise<Login> {
  const { security, user } = device;
  const mode = security?.mode ?? "None";
  const securityMode = MessageSecurityMode[mode];
  const securityPolicy =
    mode === "None" || security === undefined
      ? SecurityPolicy.None
      : SecurityPolicy[security.policy];
  const mustNotBeClear = user?.name !== undefined && !user.inClear && mode === "Sign";
  return {
    securityMode,
    securityPolicy,
    identity: await identityOf(user),
    async check(client) {
      if (mustNotBeClear) await refuseInClear(client, { securityMode, securityPolicy });
    },
  };
}

async function identityOf(user: OpcuaDevice["user"]): Promise<UserIdentityInfo> {
  if (user === undefined) return { type: UserTokenType.Anonymous };
  if (user.name !== undefined) {
    const password = await passwordOf(user);
    return { type: UserTokenType.UserName, userName: user.name, password };
  }
  const certificate = await secretFile(user.certificateFile, "certificate");
  const privateKey = await secretFile(user.privateKeyFile, "private key");
  return {
    type: UserTokenType.Certificate,
    certificateData: derOf(certificate),
    privateKey: privateKey.toString("utf8"),
  };
}

async function passwordOf(user: NonNullable<OpcuaDevice["user"]>): Promise<string> {
  const { name = "", passwordFile, passwordEnv } = user;
  if (passwordEnv === undefined) {
    const text = (await secretFile(passwordFile, `password of ${name}`)).toString("utf8");
    return text.split(/\r?\n/, 1)[0] ?? "";
  }
  const password = environmentVariable(passwordEnv);
  if (password === undefined) {
    throw new Error(
      `the environment variable ${passwordEnv} with the password of ${name} is not set`,
    );
  }
  return password;
}

const secretBytesMax = 64 * 1024;

/** What is read must not stand in an error: only where it was looked for. */
async function secretFile(path: string | undefined, what: string): Promise<Buffer> {
  const file = path ?? "";
  try {
    if ((await stat(file)).size <= secretBytesMax) return await readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "unreadable";
    throw new Error(`the ${what} cannot be read from ${file}: ${code}`, { cause: error });
  }
  throw new Error(`${file} is too long for the ${what}`);
}

function derOf(bytes: Buffer): Buffer {
  const text = bytes.toString("latin1");
  const pem = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END/.exec(text)?.[1];
  return pem === undefined ? bytes : Buffer.from(pem, "base64");
}

/**
 * A server says for each kind of user how the secret is to be encrypted (OPC UA Part 4, 7.42). None, on a
 * channel that is signed but not encrypted, is a password that everybody on the way can read.
 */
async function refuseInClear(
  client: OPCUAClient,
  { securityMode, securityPolicy }: Pick<Login, "securityMode" | "securityPolicy">,
): Promise<void> {
  const endpoints = await client.getEndpoints();
  const tokens = endpoints
    .filter(
      (endpoint) =>
        endpoint.securityMode === securityMode && endpoint.securityPolicyUri === securityPolicy,
    )
    .flatMap(({ userIdentityTokens }) => userIdentityTokens ?? [])
    .filter(({ tokenType }) => tokenType === UserTokenType.UserName);
  // Of several the library takes one that encrypts; of none it says so itself.
  if (tokens.length === 0) return;
  if (tokens.some(({ securityPolicyUri }) => securityPolicyUri !== SecurityPolicy.None)) return;
  throw new Error(
    "the server takes the password unencrypted, and the connection is only signed (security: SignAndEncrypt would hide it, inClear: true would accept it)",
  );
}
