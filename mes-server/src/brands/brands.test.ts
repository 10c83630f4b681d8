import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrandPack } from "@only-mes/protocols/brand-pack/schema";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { logoSvg, packOf, writePack } from "../../tests/running-edge.ts";
import { loadBrands } from "./load-brands.ts";

const log = pino({ level: "silent" });
let brandsDir: string;

beforeEach(async () => {
  brandsDir = await mkdtemp(join(tmpdir(), "only-mes-brands-"));
});

afterEach(() => rm(brandsDir, { recursive: true, force: true }));

function load(coreVersion = "0.1.0") {
  return loadBrands(brandsDir, coreVersion, log);
}

async function refusalOf(pack: unknown, svg = logoSvg, coreVersion = "0.1.0"): Promise<string> {
  await writePack(brandsDir, "acme", pack, svg);
  return load(coreVersion).then(
    () => "taken",
    (error: Error) => error.message,
  );
}

describe("the brand of a host", () => {
  beforeEach(async () => {
    await writePack(brandsDir, "plain", packOf("plain", { hosts: ["*"] }));
    const hosts = ["acme.example", "Line.Acme.Example", "[::1]"];
    await writePack(brandsDir, "acme", packOf("acme", { hosts }));
  });

  it.each([
    ["acme.example", "acme"],
    ["ACME.example:8080", "acme"],
    ["acme.example.", "acme"],
    ["line.acme.example", "acme"],
    ["[::1]:8080", "acme"],
    ["other.acme.example", "plain"],
    ["acme.example.evil", "plain"],
    ["localhost:8080", "plain"],
    ["*", "plain"],
    ["", "plain"],
    [undefined, "plain"],
    ["__proto__", "plain"],
  ])("%s is %s", async (host, id) => {
    expect((await load()).ofHost(host).pack.id).toBe(id);
  });

  it("has a hash that follows its content", async () => {
    const before = (await load()).byId("acme")?.hash;
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    expect((await load()).byId("acme")?.hash).toBe(before);
    await writePack(brandsDir, "acme", packOf("acme", { name: "Acme 2" }));
    expect((await load()).byId("acme")?.hash).not.toBe(before);
  });
});

describe("a brand pack is refused, by file and field,", () => {
  beforeEach(() => writePack(brandsDir, "plain", packOf("plain", { hosts: ["*"] })));

  function acme(changes: Partial<BrandPack>): BrandPack {
    return packOf("acme", changes);
  }

  function recoloured(
    mode: "bright" | "dark",
    token: keyof BrandPack["tokens"]["dark"],
    value: string,
  ) {
    const pack = acme({});
    pack.tokens[mode][token] = { $type: "color", $value: value };
    return pack;
  }

  it.each<[string, unknown, RegExp]>([
    ["not an object", 7, /brand\.json: .*expected object/i],
    ["of a newer schema", { ...acme({}), schemaVersion: 2 }, /schemaVersion: /],
    ["with a field too many", { ...acme({}), script: "alert(1)" }, /brand\.json: .*script/],
    [
      "with a colour that is none",
      recoloured("dark", "text", "red"),
      /tokens\.dark\.text\.\$value: a colour is #rrggbb/,
    ],
    [
      "with text that cannot be read",
      recoloured("bright", "text", "#999999"),
      /tokens\.bright\.text: #999999 on background #ffffff has a contrast of 2\.84:1, below 4\.5:1/,
    ],
    [
      "with an accent that cannot be seen",
      recoloured("dark", "accent", "#222222"),
      /tokens\.dark\.accent: .* below 3:1/,
    ],
    [
      "with a logo outside of its folder",
      { ...acme({}), logo: "../../etc/passwd.svg" },
      /logo: a logo is an SVG file/,
    ],
    [
      "for another core",
      acme({ coreRange: "^2.0.0" }),
      /coreRange: this core is 0\.1\.0, the pack was made for \^2\.0\.0/,
    ],
    ["for no core at all", acme({ coreRange: "latest" }), /coreRange: "latest" is not a range/],
    ["in no language", acme({ locale: "klingon!" }), /locale: "klingon!" is not a BCP 47/],
    [
      "with the id of another folder",
      packOf("acme-2"),
      /id: "acme-2" is not the name of its folder, "acme"/,
    ],
    [
      "for a second default",
      acme({ hosts: ["*"] }),
      /both "acme" and "plain" want to be the default/,
    ],
  ])("%s", async (_, pack, message) => {
    const refusal = await refusalOf(pack);
    expect(refusal).toContain("acme");
    expect(refusal).toMatch(message);
  });

  it("with a host of another", async () => {
    await writePack(brandsDir, "other", packOf("other", { hosts: ["ACME.example"] }));
    expect(await refusalOf(acme({}))).toContain('want to be shown on the host "acme.example"');
  });

  it("whose logo is no SVG", async () => {
    expect(await refusalOf(acme({}), "<svg><g></svg>")).toMatch(
      /acme\/logo\.svg: the logo cannot be used: <\/svg> closes nothing, at character 8/,
    );
  });

  it("without a default", async () => {
    await rm(join(brandsDir, "plain"), { recursive: true });
    expect(await refusalOf(acme({}))).toContain(
      'no brand pack is the default: one of acme must have "*"',
    );
  });

  it("in a folder that is not there", async () => {
    await rm(brandsDir, { recursive: true });
    await expect(load()).rejects.toThrow(/cannot be read/);
  });

  it("and what a logo may not hold is left out of it", async () => {
    const svg = '<svg viewBox="0 0 1 1" onload="x()"><script>x()</script><path d="M0 0"/></svg>';
    expect(await refusalOf(acme({}), svg)).toBe("taken");
    expect((await load()).byId("acme")?.logoSvg).toBe(
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><path d="M0 0"/></svg>',
    );
  });
});
