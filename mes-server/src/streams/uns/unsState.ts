import type { Pool } from "pg";

/** Something that holds, and that the broker keeps for whoever subscribes later. */
export interface UnsState {
  /** As in the topic. */
  name: string;
  /** Level of the equipment that has it. */
  of: "unit" | "line";
  what: string;
  /** How often it is read again at most, in real time, where reading it is dear. */
  everyMs?: number;
  /** Whether it can be read now; absent: always. */
  isReady?(): boolean;
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
