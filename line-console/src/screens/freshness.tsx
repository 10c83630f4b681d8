import { useSpeech } from "../brand/speech.ts";
import { useNowMs, usePictureAgeMs, useReach } from "../frame/plant.tsx";
import style from "./freshness.module.css";

/** Below this age, seconds ticking away say nothing: the data is current. */
const currentMs = 10_000;

/** How old the newest value of a line is. */
export function Freshness({ lastSampleAtMs, stale }: { lastSampleAtMs: number; stale: boolean }) {
  const nowMs = useNowMs();
  const { t, age } = useSpeech();
  const reach = useReach();
  const ageMs = nowMs - lastSampleAtMs + usePictureAgeMs();
  const text =
    lastSampleAtMs <= 0
      ? t("data.never")
      : stale
        ? t("data.stale", { age: age(ageMs) })
        : ageMs < currentMs && reach === "live"
          ? t("data.fresh")
          : t("data.age", { age: age(ageMs) });
  return (
    <span className={style.freshness} data-age data-stale={stale}>
      {text}
    </span>
  );
}
