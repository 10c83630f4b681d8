import type { Reason, ReasonTreeVersion } from "./reason-tree.ts";

/** What holds until somebody puts a tree of their own: enough to begin with on any line. */
export const defaultReasonTree: ReasonTreeVersion = {
  version: 0,
  fromMs: 0,
  stopCodes: [],
  reasons: [
    reason("technical", "Technical", null, "breakdown"),
    reason("breakdown-mechanical", "Mechanical breakdown", "technical", "breakdown"),
    reason("breakdown-electrical", "Electrical breakdown", "technical", "breakdown"),
    reason("breakdown-controls", "Controls or software", "technical", "breakdown"),
    reason("jam", "Jam", "technical", "minorStop"),
    reason("setting-up", "Setting up", null, "setup"),
    reason("changeover", "Changeover", "setting-up", "setup"),
    reason("tool-change", "Tool change", "setting-up", "setup"),
    reason("adjustment", "Adjustment", "setting-up", "setup"),
    reason("start-up", "Start-up", "setting-up", "setup"),
    reason("flow", "Flow of material", null, "material"),
    reason("starved", "Nothing comes from upstream", "flow", "starved"),
    reason("blocked", "Nothing is taken downstream", "flow", "blocked"),
    reason("material-missing", "Material is missing", "flow", "material"),
    reason("packaging-missing", "Packaging is missing", "flow", "material"),
    reason("people", "People", null, "operator"),
    reason("operator-missing", "Nobody at the machine", "people", "operator"),
    reason("waiting-for-decision", "Waiting for a decision", "people", "operator"),
    reason("quality", "Quality", null, "quality"),
    reason("quality-check", "Check or approval", "quality", "quality"),
    reason("material-defective", "Defective material", "quality", "quality"),
    reason("planned", "Planned", null, "planned"),
    reason("maintenance-planned", "Planned maintenance", "planned", "planned"),
    reason("cleaning", "Cleaning", "planned", "planned"),
    reason("no-demand", "No order", "planned", "planned"),
    reason("trial", "Trial", "planned", "planned"),
  ],
};

function reason(
  code: string,
  name: string,
  parent: string | null,
  lossClass: Reason["lossClass"],
): Reason {
  return { code, name, parent, lossClass, isRetired: false, equipment: [] };
}
