/**
 * What a person or another system has said about stops of one equipment: a fact about times, which
 * stays true for them however late samples move the stops.
 */
export interface StopEdit {
  /** Of its command: made by whoever asked, so that it does not follow the order of arrival. */
  id: string;
  equipment: string;
  /**
   * `reason`: these times were lost for this reason. `split`: a stop is cut at `fromMs`. `merge`: all
   * stops of these times are one. `undo`: another edit is as if it had not been made.
   */
  kind: "reason" | "split" | "merge" | "undo";
  fromMs: number;
  /** null: until the end of the stop that lasts at `occurredAtMs`. Of a split: `fromMs`. */
  toMs: number | null;
  /** Of a reason; of a merge: what the whole is put down to, else what its first stop was. */
  reason?: string | undefined;
  /** Of an undo: the id of the other one. */
  undoes?: string | undefined;
  occurredAtMs: number;
}

/** The edits that count, in the order in which they are folded: undone ones and undos are left out. */
export function editsInForce<E extends StopEdit>(edits: Iterable<E>): E[] {
  const byId = new Map<string, E>();
  for (const edit of edits) byId.set(edit.id, edit);
  const undosOf = Map.groupBy(
    [...byId.values()].filter(({ undoes }) => undoes !== undefined),
    ({ undoes }) => undoes,
  );
  const isInForce = ({ id }: E): boolean => !(undosOf.get(id) ?? []).some(isInForce);
  return [...byId.values()]
    .filter((edit) => edit.kind !== "undo" && isInForce(edit))
    .sort((a, b) => a.occurredAtMs - b.occurredAtMs || (a.id < b.id ? -1 : 1));
}
