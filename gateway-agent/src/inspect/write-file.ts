import { randomBytes } from "node:crypto";
import { open, realpath, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Whoever reads the file sees the old text or the new one, and never a part of it. */
export async function replaceFile(file: string, content: string | Uint8Array): Promise<void> {
  const target = await realFile(file);
  const temporary = join(dirname(target), `.${randomBytes(6).toString("hex")}.tmp`);
  const mode = await modeOf(target);
  try {
    const handle = await open(temporary, "wx", mode);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** A link stays a link: its target is replaced. */
async function realFile(file: string): Promise<string> {
  try {
    return await realpath(file);
  } catch {
    return file;
  }
}

async function modeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).mode & 0o777;
  } catch {
    return 0o644;
  }
}
