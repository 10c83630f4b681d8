import { lineOfUnit } from "@only-mes/protocols/plant/signal";
import { newestVersion } from "../domain/stops/reason-tree.ts";
import { readLevelsAbove } from "../store/readLevelsAbove.ts";
import { readReasonTree } from "../store/readReasonTree.ts";
import type { Transaction } from "../store/statement.ts";
import { ApiFailure } from "./failure.ts";

/** @throws {ApiFailure} if the newest reason tree does not allow this reason for the equipment. */
export async function expectReason(
  db: Transaction,
  { reason, equipment }: { reason: string; equipment: string },
): Promise<void> {
  const newest = newestVersion(await readReasonTree(db));
  const known = newest?.reasons.find(({ code }) => code === reason);
  if (known === undefined) throw new ApiFailure("reason_unknown", `"${reason}"`, "reason");
  if (known.isRetired) throw new ApiFailure("reason_retired", `"${known.name}"`, "reason");
  if (known.equipment.length === 0 || known.equipment.includes(equipment)) return;
  const line = equipment.includes(".") ? lineOfUnit(equipment) : equipment;
  const above = await readLevelsAbove(db, line);
  if (![line, ...above].some((id) => known.equipment.includes(id))) {
    throw new ApiFailure("reason_not_here", `"${known.name}", ${equipment}.`, "reason");
  }
}
