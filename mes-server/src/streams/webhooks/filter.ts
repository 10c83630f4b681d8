import type { EquipmentPaths } from "../equipmentPaths.ts";

/** Whether a webhook wants an event. An empty list wants all; `job.*` wants all kinds of a subject. */
export function wants(
  { kinds, equipment }: { kinds: readonly string[]; equipment: readonly string[] },
  event: { kind: string; equipment: string },
  paths: EquipmentPaths,
): boolean {
  return (
    (kinds.length === 0 || kinds.some((kind) => isOfKind(kind, event.kind))) &&
    (equipment.length === 0 || paths.of(event.equipment).some((id) => equipment.includes(id)))
  );
}

function isOfKind(wanted: string, kind: string): boolean {
  return wanted === kind || (wanted.endsWith(".*") && kind.startsWith(wanted.slice(0, -1)));
}
