import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseBrandPack, type BrandProblem } from "@only-mes/protocols/brand-pack/parse";
import { sanitiseSvg } from "@only-mes/protocols/brand-pack/sanitise-svg";
import type { BrandPack, ServedBrand } from "@only-mes/protocols/brand-pack/schema";
import type { Logger } from "pino";
import { satisfies, validRange } from "semver";
import { BrandPackError, brandShelf, type BrandShelf } from "./brand-shelf.ts";

const packBytesMax = 262_144;

/**
 * Every brand pack of a folder, checked. A wrong pack stops the start, since a console must never be
 * shown half a brand.
 *
 * @throws {BrandPackError} naming the file and the path of the field.
 */
export async function loadBrands(
  brandsDir: string,
  coreVersion: string,
  log: Logger,
): Promise<BrandShelf> {
  const folders = await foldersOf(brandsDir);
  const brands = await Promise.all(
    folders.map((folder) => loadBrand(join(brandsDir, folder), coreVersion, log)),
  );
  return brandShelf(brands);
}

async function foldersOf(brandsDir: string): Promise<string[]> {
  try {
    const entries = await readdir(brandsDir, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => entry.name)
      .sort();
  } catch (error) {
    throw new BrandPackError(`the brand packs in ${brandsDir} cannot be read: ${reasonOf(error)}`);
  }
}

async function loadBrand(folder: string, coreVersion: string, log: Logger): Promise<ServedBrand> {
  const file = join(folder, "brand.json");
  const text = await textOf(file);
  const { pack, problems } = parseBrandPack(text);
  if (problems !== undefined) throw refusal(file, problems);
  const rest = [...coreRangeProblems(pack, coreVersion), ...idProblems(pack, basename(folder))];
  if (rest.length > 0) throw refusal(file, rest);
  const logoSvg = await logoOf(join(folder, pack.logo), log);
  const hash = createHash("sha256").update(JSON.stringify({ pack, logoSvg })).digest("hex");
  return { pack, hash, logoSvg };
}

async function logoOf(file: string, log: Logger): Promise<string> {
  const text = await textOf(file);
  try {
    const { svg, removed } = sanitiseSvg(text);
    if (removed.length > 0) log.warn({ file, removed }, "parts of a logo are not shown");
    return svg;
  } catch (error) {
    throw new BrandPackError(`${file}: the logo cannot be used: ${reasonOf(error)}`);
  }
}

function coreRangeProblems({ coreRange }: BrandPack, coreVersion: string): BrandProblem[] {
  if (validRange(coreRange) === null) {
    return [
      { field: "coreRange", message: `"${coreRange}" is not a range of versions such as ^0.1.0` },
    ];
  }
  if (satisfies(coreVersion, coreRange)) return [];
  return [
    {
      field: "coreRange",
      message: `this core is ${coreVersion}, the pack was made for ${coreRange}: use a version of the pack that was made for this core`,
    },
  ];
}

function idProblems({ id }: BrandPack, folder: string): BrandProblem[] {
  if (id === folder) return [];
  return [{ field: "id", message: `"${id}" is not the name of its folder, "${folder}"` }];
}

async function textOf(file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    if (bytes.length > packBytesMax) throw new Error(`it has more than ${packBytesMax} bytes`);
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new BrandPackError(`${file} cannot be read: ${reasonOf(error)}`);
  }
}

function refusal(file: string, problems: readonly BrandProblem[]): BrandPackError {
  const lines = problems.map(({ field, message }) => `  ${field || "brand.json"}: ${message}`);
  return new BrandPackError(`${file} cannot be used:\n${lines.join("\n")}`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
