import type { SignalPicture } from "@only-mes/protocols/console/live";
import { useSpeech } from "../brand/speech.ts";

export interface ShownValue {
  text: string;
  unit: string | undefined;
}

/** A value as people read it. Text is shown as it came; what could not be read is a dash. */
export function useShownValue(
  signal: Pick<SignalPicture, "value" | "role" | "engineeringUnit">,
): ShownValue {
  const { t, count, measured } = useSpeech();
  const { value, role, engineeringUnit: unit } = signal;
  if (value === null) return { text: "\u2013", unit: undefined };
  if (typeof value === "boolean") return { text: t(`value.${value}`), unit: undefined };
  if (typeof value === "string") return { text: value === "" ? "\u2013" : value, unit: undefined };
  const isWhole = role !== "analog" && Number.isInteger(value);
  return { text: isWhole ? count(value) : measured(value), unit };
}
