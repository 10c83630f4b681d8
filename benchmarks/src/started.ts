import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startChild, type Child } from "../../whole-plant/src/child.ts";

const graceMs = 5000;

/** A process of a bench that is ready, and ends with the block that uses it. */
export async function started(
  name: string,
  script: string,
  args: string[],
): Promise<{ child: Child; [Symbol.asyncDispose](): Promise<void> }> {
  const logDir = mkdtempSync(join(tmpdir(), "only-mes-bench-log-"));
  const child = startChild({ name, script, args, logFile: join(logDir, `${name}.log`) });
  await child.ready;
  return {
    child,
    async [Symbol.asyncDispose]() {
      await child.stop(graceMs);
      rmSync(logDir, { recursive: true, force: true });
    },
  };
}
