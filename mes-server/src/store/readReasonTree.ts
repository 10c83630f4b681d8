import { defaultReasonTree } from "../domain/stops/default-reason-tree.ts";
import type { ReasonTree, ReasonTreeVersion } from "../domain/stops/reason-tree.ts";
import type { Transaction } from "./statement.ts";

/** Every version there is, the built-in one first, in the order in which they hold. */
export async function readReasonTree(db: Transaction): Promise<ReasonTree> {
  const { rows } = await db.query<{
    version: number;
    from_ts: Date;
    tree: Pick<ReasonTreeVersion, "reasons" | "stopCodes">;
  }>({
    name: "readReasonTree",
    text: "SELECT version, from_ts, tree FROM reason_tree ORDER BY from_ts, version",
  });
  const versions = rows.map(({ version, from_ts, tree }) => ({
    ...tree,
    version,
    fromMs: from_ts.getTime(),
  }));
  return { versions: [defaultReasonTree, ...versions] };
}
