import type { PlantNode } from "@only-mes/protocols/plant/plant-nodes";
import { addLines } from "../store/addLines.ts";
import { addUnits } from "../store/addUnits.ts";
import { lockSignals } from "../store/lockSignals.ts";
import { placeLines } from "../store/placeLines.ts";
import { placeUnits } from "../store/placeUnits.ts";
import { putEquipment } from "../store/putEquipment.ts";
import { settleDefinitions } from "../store/settleDefinitions.ts";
import type { Transaction } from "../store/statement.ts";

/**
 * Writes nodes of the plant model, each before its children, and all that goes by them: lines, units and
 * the definitions of their signals. The plant model must be locked by the caller.
 */
export async function savePlantNodes(tx: Transaction, nodes: readonly PlantNode[]): Promise<void> {
  if (nodes.length === 0) return;
  await putEquipment(tx, nodes);
  const lines = idsOf(nodes, "line");
  const units = idsOf(nodes, "unit");
  if (lines.length > 0) {
    await addLines(tx, lines);
    await placeLines(tx, lines);
  }
  if (units.length > 0) {
    await addUnits(tx, units);
    await placeUnits(tx, units);
  }
  if (lines.length + units.length === 0) return;
  await settleDefinitions(tx, await lockSignals(tx, { lines, units }));
}

function idsOf(nodes: readonly PlantNode[], level: PlantNode["level"]): string[] {
  return nodes.filter((node) => node.level === level).map(({ id }) => id);
}
