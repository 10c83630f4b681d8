import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OPCUACertificateManager } from "node-opcua-certificate-manager";
import { afterAll, beforeAll, expect, test } from "vitest";
import { typed } from "../../tests/terminal.ts";
import { listCertificates, pkiFolderOf } from "../drivers/opcua/trust-store.ts";

let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "inspect-trust-"));
  const pki = pkiFolderOf(dataDir);
  const store = new OPCUACertificateManager({ rootFolder: pki, disableFileWatchers: true });
  await store.initialize();
  await store.createSelfSignedCertificate({
    applicationUri: "urn:test:filler",
    dns: ["filler.plant.example"],
    subject: "/CN=filler/O=Acme",
    startDate: new Date("2026-01-01T00:00:00Z"),
    validity: 365,
    outputFile: join(pki, "rejected", "filler.pem"),
  });
  await store.dispose();
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const trust = (...args: string[]) => typed(["trust", ...args, "--data-dir", dataDir]);

test("a certificate is listed, trusted by the first digits of its thumbprint, and rejected again", async () => {
  const [found] = await listCertificates(pkiFolderOf(dataDir));
  const thumbprint = found?.thumbprint ?? "";
  const { output } = await trust("list");
  expect(output).toMatch(
    new RegExp(
      `^rejected +${thumbprint} +.*CN=filler.* +filler\\.plant\\.example +2026-01-01 to `,
      "m",
    ),
  );
  expect(await trust("add", thumbprint.slice(0, 6))).toMatchObject({
    exitCode: 0,
    output: expect.stringMatching(/CN=filler.* is trusted now\.\n$/),
  });
  expect(JSON.parse((await trust("list", "--json")).output)).toMatchObject({
    certificates: [{ thumbprint, isTrusted: true }],
  });
  expect((await trust("reject", thumbprint)).output).toMatch(/is rejected now\.\n$/);
});

test("a thumbprint that nobody has is exit code 1", async () => {
  expect(await trust("add", "0000000000")).toMatchObject({ exitCode: 1 });
});

test("a gateway that met no server has none", async () => {
  const { output, exitCode } = await typed(["trust", "list", "--data-dir", join(dataDir, "none")]);
  expect([exitCode, output]).toEqual([
    0,
    expect.stringMatching(/^No server has shown a certificate/),
  ]);
});

test.for([
  [["lst"], /trust takes list, or add .*Did you mean list\?/],
  [["add"], /trust takes list/],
  [["list", "abcd"], /trust takes list/],
] as const)("%s is answered with what is wrong, exit code 2", async ([args, expected]) => {
  const { exitCode, output } = await trust(...args);
  expect([exitCode, output]).toEqual([2, expect.stringMatching(expected)]);
});
