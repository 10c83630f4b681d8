import { copyFile, mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  forgetOldestRejected,
  listCertificates,
  pkiFolderOf,
  rejectCertificate,
  trustCertificate,
  TrustStoreError,
} from "./trust-store.ts";

describe("trust store", () => {
  let dataDir: string;
  let pki: string;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), "trust-"));
    pki = pkiFolderOf(dataDir);
    const store = new OPCUACertificateManager({ rootFolder: pki, disableFileWatchers: true });
    await store.initialize();
    for (const name of ["filler", "press"]) {
      await store.createSelfSignedCertificate({
        applicationUri: `urn:test:${name}`,
        dns: [`${name}.plant.example`],
        subject: `/CN=${name}/O=Acme`,
        startDate: new Date("2026-01-01T00:00:00Z"),
        validity: 365,
        outputFile: join(pki, "rejected", `${name}.pem`),
      });
    }
    await store.dispose();
  });
  afterAll(() => rm(dataDir, { recursive: true, force: true }));

  const trusted = async () =>
    (await listCertificates(pki))
      .filter(({ isTrusted }) => isTrusted)
      .map(({ subject }) => subject);

  test("a store that is not there yet is empty", async () => {
    expect(await listCertificates(join(dataDir, "nothing"))).toEqual([]);
  });

  test("says of each certificate whose it is, for how long, and by which thumbprint", async () => {
    const [filler, press] = await listCertificates(pki);
    expect(filler).toMatchObject({
      isTrusted: false,
      subject: expect.stringContaining("CN=filler"),
      applicationUri: "urn:test:filler",
      hosts: ["filler.plant.example"],
      validFromMs: Date.UTC(2026, 0, 1),
      file: "filler.pem",
    });
    expect(filler?.thumbprint).toMatch(/^[0-9a-f]{40}$/);
    expect(press?.subject).toContain("CN=press");
  });

  test("what a person trusts is trusted until that person rejects it", async () => {
    const [filler] = await listCertificates(pki);
    const thumbprint = filler?.thumbprint ?? "";
    const asOthersWriteIt = thumbprint.toUpperCase().replaceAll(/(..)(?=.)/g, "$1:");
    expect((await trustCertificate(pki, asOthersWriteIt)).isTrusted).toBe(true);
    expect(await trusted()).toEqual([filler?.subject]);
    expect((await trustCertificate(pki, thumbprint.slice(0, 8))).isTrusted).toBe(true);
    expect((await rejectCertificate(pki, thumbprint)).isTrusted).toBe(false);
    expect(await trusted()).toEqual([]);
  });

  test("nothing is trusted by a thumbprint that is none, unknown, or only a path", async () => {
    await expect(trustCertificate(pki, "../../etc")).rejects.toThrow(/is no thumbprint/);
    await expect(trustCertificate(pki, "0123456789")).rejects.toBeInstanceOf(TrustStoreError);
    expect(await trusted()).toEqual([]);
  });

  test("files that are no certificates are left out", async () => {
    await writeFile(join(pki, "rejected", "note.pem"), "not a certificate");
    await mkdir(join(pki, "rejected", "folder"));
    expect((await listCertificates(pki)).map(({ file }) => file)).toEqual([
      "filler.pem",
      "press.pem",
    ]);
  });

  test("of rejected certificates the hundred newest are kept", async () => {
    const rejected = join(pki, "rejected");
    for (let age = 0; age < 120; age += 1) {
      const copy = join(rejected, `copy-${age}.pem`);
      await copyFile(join(rejected, "press.pem"), copy);
      const secondsOld = Date.now() / 1000 - 60 - age;
      await utimes(copy, secondsOld, secondsOld);
    }
    await forgetOldestRejected(pki);
    const left = (await readdir(rejected, { withFileTypes: true })).filter((one) => one.isFile());
    const names = left.map(({ name }) => name);
    expect(names).toHaveLength(100);
    expect(names).toContain("press.pem");
    expect(names).not.toContain("copy-119.pem");
  });
});
