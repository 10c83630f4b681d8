import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A map that the server has deployed. */
export interface DeployedMap {
  readonly revision: number;
  readonly text: string;
}

/** Keeps the deployed map beside the outbox, so that a restart uses it. One file, replaced whole. */
export class DeployedMapFile {
  readonly #file: string;

  constructor(dataDir: string) {
    mkdirSync(dataDir, { recursive: true });
    this.#file = join(dataDir, "deployed-map.yaml");
  }

  get path(): string {
    return this.#file;
  }

  /** `undefined` if there is none. The first line, a comment, has the revision. */
  read(): DeployedMap | undefined {
    let text: string;
    try {
      text = readFileSync(this.#file, "utf8");
    } catch {
      return undefined;
    }
    const head = /^# revision (\d{1,9})\n/.exec(text);
    return head === null
      ? undefined
      : { revision: Number(head[1]), text: text.slice(head[0].length) };
  }

  keep({ revision, text }: DeployedMap): void {
    writeFileSync(`${this.#file}.new`, `# revision ${revision}\n${text}`, { flush: true });
    renameSync(`${this.#file}.new`, this.#file);
  }

  remove(): void {
    rmSync(this.#file, { force: true });
  }
}
