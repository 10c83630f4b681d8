/** Pieces that were counted by hand at one time; fewer than 0 take back what was counted too much. */
export interface DeclaredCount {
  /** A line, or one unit of it. */
  equipment: string;
  role: "good" | "scrap" | "rework";
  atMs: number;
  quantity: number;
  /** Slot of the line whose job they are of. */
  slot: number;
}
