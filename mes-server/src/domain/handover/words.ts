import type { LossClass } from "../stops/stop.ts";

/** What a supervisor calls the elements of time (ISO 22400), in the order in which they are read. */
export const timeWords = {
  aptMs: "Production",
  asutMs: "Setup",
  adetMs: "Delays within jobs",
  adotMs: "Without a job",
  plannedDowntimeMs: "Breaks and planned downtime",
  unscheduledMs: "Outside of the shift",
} as const;

export const lossWords: Record<LossClass, string> = {
  breakdown: "Breakdowns",
  setup: "Setup and changeover",
  minorStop: "Short stops",
  starved: "Waiting for upstream",
  blocked: "Blocked downstream",
  material: "Material missing",
  operator: "Waiting for people",
  quality: "Quality",
  planned: "Planned",
  unobserved: "Not observed",
  unassigned: "No reason given",
};

export const downtimeWords: Record<string, string> = {
  break: "Break",
  maintenance: "Maintenance",
  cleaning: "Cleaning",
  meeting: "Meeting",
  trial: "Trial",
  noDemand: "No demand",
  other: "Planned downtime",
};
