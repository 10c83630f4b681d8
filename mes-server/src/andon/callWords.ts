import type { CallKind } from "@only-mes/protocols/console/alarms";
import type { CallAction } from "@only-mes/protocols/console/andon";
import type { LineEvent } from "@only-mes/protocols/console/live";

const wordOfKind: Record<CallKind, string> = {
  help: "Call for help",
  material: "Call for material",
  maintenance: "Call for maintenance",
  quality: "Call for quality",
  safety: "Call for safety",
};

const wordOfChange: Record<CallAction | "raised" | "escalated", string> = {
  raised: "",
  acknowledge: " acknowledged",
  arrive: ": somebody is there",
  resolve: " resolved",
  cancel: " cancelled",
  escalated: " escalated",
};

/** What a console shows of a call. `place` is the name of the unit or the line. */
export function eventOfCall(
  call: { id: string; line: string; unit: string | null; kind: CallKind; note: string },
  change: keyof typeof wordOfChange,
  atMs: number,
  place: string,
): LineEvent {
  const { id, line, unit, kind, note } = call;
  const said = change === "raised" && note !== "" && !note.startsWith(place) ? ` (${note})` : "";
  return {
    id: `andon:${id}:${change}:${atMs}`,
    kind: "andon",
    unit: unit ?? line,
    atMs,
    text: `${place}: ${wordOfKind[kind]}${wordOfChange[change]}${said}`,
  };
}
