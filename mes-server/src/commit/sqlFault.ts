import { AlreadyCommitted } from "../store/advanceCursors.ts";
import { LineFoldStale } from "../store/advanceLineFolds.ts";

/**
 * What a failed commit asks for. `data`: one of the messages cannot be stored, ever (SQLSTATE 22, 23).
 * `overtaken`: another host was faster. `later`: the database is away, busy or full; whether the
 * transaction was committed may be unknown, and trying again is safe because of the cursor.
 */
export type CommitFault = "data" | "overtaken" | "later";

export function faultOf(error: unknown): CommitFault {
  if (error instanceof AlreadyCommitted || error instanceof LineFoldStale) return "overtaken";
  const code = sqlState(error);
  return code !== undefined && /^2[23]/.test(code) ? "data" : "later";
}

function sqlState(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
