import { X509Certificate } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";

/** A certificate of a server, and whether a person trusts it. */
export interface StoredCertificate {
  readonly isTrusted: boolean;
  /** SHA-1 of the certificate in small hexadecimal letters, as OPC UA names it (Part 4, 7.2). */
  readonly thumbprint: string;
  readonly subject: string;
  readonly issuer: string;
  /** What the server says it is, from the certificate; `undefined` if it does not say. */
  readonly applicationUri: string | undefined;
  /** Hosts that the certificate is for. */
  readonly hosts: readonly string[];
  readonly validFromMs: number;
  readonly validUntilMs: number;
  /** Name of its file in the store. */
  readonly file: string;
}

/** What a person asked of the store could not be done; the message is meant for that person. */
export class TrustStoreError extends Error {
  override readonly name = "TrustStoreError";
}

/** Rejected certificates that are kept for a person to judge; the oldest go first. */
const rejectedMax = 100;
/** A certificate is a few kilobytes; anything longer in the store is not one. */
const bytesMax = 64 * 1024;

/** The store of a gateway, in its `--data-dir`. */
export function pkiFolderOf(dataDir: string): string {
  return join(dataDir, "pki");
}

/** All certificates of servers in the store; files that are none are left out. */
export async function listCertificates(pkiFolder: string): Promise<StoredCertificate[]> {
  const [trusted, rejected] = await Promise.all([
    certificatesIn(trustedIn(pkiFolder), true),
    certificatesIn(rejectedIn(pkiFolder), false),
  ]);
  return [...trusted, ...rejected].sort((a, b) => a.subject.localeCompare(b.subject));
}

/**
 * From now on the server with this certificate is connected to: at the gateway's next attempt.
 * @param thumbprint whole, or as many of its first letters as tell it from the others.
 * @throws {TrustStoreError} if no certificate, or more than one, begins so.
 */
export async function trustCertificate(
  pkiFolder: string,
  thumbprint: string,
): Promise<StoredCertificate> {
  return await move(pkiFolder, thumbprint, true);
}

/** The contrary of {@link trustCertificate}: from the gateway's next connect it is refused. */
export async function rejectCertificate(
  pkiFolder: string,
  thumbprint: string,
): Promise<StoredCertificate> {
  return await move(pkiFolder, thumbprint, false);
}

/** A server that shows a new certificate at every attempt must not fill the disk. */
export async function forgetOldestRejected(pkiFolder: string): Promise<void> {
  const folder = rejectedIn(pkiFolder);
  const names = await namesIn(folder);
  if (names.length <= rejectedMax) return;
  const dated = await Promise.all(
    names.map(async (name) => ({ name, ms: (await stat(join(folder, name))).mtimeMs })),
  );
  dated.sort((a, b) => b.ms - a.ms);
  for (const { name } of dated.slice(rejectedMax)) await rm(join(folder, name), { force: true });
}

async function move(
  pkiFolder: string,
  thumbprint: string,
  isTrusted: boolean,
): Promise<StoredCertificate> {
  const wanted = thumbprint.toLowerCase().replaceAll(/[:\s]/g, "");
  if (!/^[0-9a-f]{4,40}$/.test(wanted)) {
    throw new TrustStoreError(
      `"${thumbprint}" is no thumbprint: it is 4 to 40 hexadecimal digits, as the list shows it`,
    );
  }
  const all = await listCertificates(pkiFolder);
  const found = all.filter((certificate) => certificate.thumbprint.startsWith(wanted));
  const distinct = new Set(found.map((certificate) => certificate.thumbprint));
  const [certificate] = found;
  if (certificate === undefined || distinct.size > 1) {
    const what = certificate === undefined ? "no certificate begins" : "several certificates begin";
    throw new TrustStoreError(`${what} with ${wanted} in ${pkiFolder}`);
  }
  for (const copy of found) {
    if (copy.isTrusted === isTrusted) continue;
    const from = copy.isTrusted ? trustedIn(pkiFolder) : rejectedIn(pkiFolder);
    const to = isTrusted ? trustedIn(pkiFolder) : rejectedIn(pkiFolder);
    await mkdir(to, { recursive: true });
    await rename(join(from, copy.file), join(to, copy.file));
  }
  return { ...certificate, isTrusted };
}

async function certificatesIn(folder: string, isTrusted: boolean): Promise<StoredCertificate[]> {
  const read = await Promise.all(
    (await namesIn(folder)).map((name) => readCertificate(join(folder, name), isTrusted)),
  );
  return read.filter((certificate) => certificate !== undefined);
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  } catch (error) {
    // A gateway that met no server yet has no store.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

async function readCertificate(
  path: string,
  isTrusted: boolean,
): Promise<StoredCertificate | undefined> {
  try {
    if ((await stat(path)).size > bytesMax) return undefined;
    return describeCertificate(await readFile(path), { isTrusted, file: basename(path) });
  } catch {
    return undefined;
  }
}

/** @throws {Error} if the bytes, PEM or DER, are no certificate. */
function describeCertificate(
  bytes: Buffer,
  where: Pick<StoredCertificate, "isTrusted" | "file">,
): StoredCertificate {
  const certificate = new X509Certificate(bytes);
  const names = (certificate.subjectAltName ?? "").split(", ");
  const named = (kind: string) =>
    names.flatMap((name) => (name.startsWith(kind) ? [name.slice(kind.length)] : []));
  return {
    ...where,
    thumbprint: certificate.fingerprint.replaceAll(":", "").toLowerCase(),
    subject: certificate.subject.replaceAll("\n", ", "),
    issuer: certificate.issuer.replaceAll("\n", ", "),
    applicationUri: named("URI:")[0],
    hosts: [...named("DNS:"), ...named("IP Address:")],
    validFromMs: Date.parse(certificate.validFrom),
    validUntilMs: Date.parse(certificate.validTo),
  };
}

function trustedIn(pkiFolder: string): string {
  return join(pkiFolder, "trusted", "certs");
}

function rejectedIn(pkiFolder: string): string {
  return join(pkiFolder, "rejected");
}
