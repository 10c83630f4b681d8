import type { Pool } from "pg";

/** Something that holds, and that the broker keeps for whoever subscribes later. */
export interface UnsState {
  /** As in the topic. */
  name: string;
  what: string;
  /** Events after which it is read again at once; everything is read again now and then. */
  touchedBy(kind: string): boolean;
  /** Whose state an event about this equipment touches. */
  ownerOf(equipment: string): string;
  /** By equipment: of all there is, or of some. */
  read(
    pool: Pool,
    asked: { nowMs: number; equipment: readonly string[] | undefined },
  ): Promise<Map<string, Record<string, unknown>>>;
}
