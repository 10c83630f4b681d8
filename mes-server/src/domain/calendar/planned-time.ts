/** Time in which a line is not meant to produce although a shift is on: breaks, planned maintenance. */
export interface PlannedDowntime {
  /** A line, or one unit of it. */
  equipment: string;
  kind: "break" | "maintenance" | "cleaning" | "meeting" | "trial" | "noDemand" | "other";
  fromMs: number;
  toMs: number;
}
