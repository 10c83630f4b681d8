import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { parseBrandPack } from "@only-mes/protocols/brand-pack/parse";
import { sanitiseSvg } from "@only-mes/protocols/brand-pack/sanitise-svg";
import type { ServedBrand } from "@only-mes/protocols/brand-pack/schema";

const brandsDir = path.join(import.meta.dirname, "../../brands");

export async function brandIds(): Promise<string[]> {
  const entries = await readdir(brandsDir, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

/** @throws with the path of what is wrong, if the pack does not hold to its schema. */
export async function servedBrand(id: string): Promise<ServedBrand> {
  const text = await readFile(path.join(brandsDir, id, "brand.json"), "utf8");
  const { pack, problems } = parseBrandPack(text);
  if (problems !== undefined) throw new Error(`brand ${id}: ${JSON.stringify(problems)}`);
  const logo = await readFile(path.join(brandsDir, id, pack.logo), "utf8");
  const logoSvg = sanitiseSvg(logo).svg;
  const hash = createHash("sha256").update(text).update(logoSvg).digest("hex").slice(0, 16);
  return { pack, hash, logoSvg };
}
