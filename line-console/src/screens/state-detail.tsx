import type { MachineState } from "@only-mes/protocols/plant/machine-state";
import { useSpeech } from "../brand/speech.ts";
import { stopwatch } from "../brand/speech.ts";
import { useNowMs, usePicture, useReach } from "../frame/plant.tsx";

interface StateDetailProps {
  state: MachineState;
  stateSinceMs: number;
  stale: boolean;
  lastSampleAtMs?: number;
}

/** Under a state: for how long, while it is observed; else what was last known, and of when. */
export function StateDetail({ state, stateSinceMs, stale, lastSampleAtMs }: StateDetailProps) {
  const reach = useReach();
  const asOfMs = usePicture((picture) => picture.asOfMs);
  const nowMs = useNowMs();
  const { t, clock } = useSpeech();
  if (stale) {
    const time = clock(Math.max(lastSampleAtMs ?? 0, stateSinceMs));
    const asOf = t("state.asOf", { time });
    return <>{state === "Unknown" ? asOf : `${t(`state.${state}`)}, ${asOf}`}</>;
  }
  if (reach !== "live" && asOfMs !== null) return <>{t("state.asOf", { time: clock(asOfMs) })}</>;
  return <>{t("state.for", { duration: stopwatch(nowMs - stateSinceMs) })}</>;
}
