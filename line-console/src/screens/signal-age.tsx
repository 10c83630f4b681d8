import type { SignalPicture } from "@only-mes/protocols/console/live";
import { useSpeech } from "../brand/speech.ts";
import { useNowMs, usePictureAgeMs } from "../frame/plant.tsx";
import style from "./signal-age.module.css";
import { qualityOf } from "./signal-quality.ts";

/** How old a value is, and what its quality is, if it is not good. */
export function SignalAge({ signal }: { signal: SignalPicture }) {
  const nowMs = useNowMs() + usePictureAgeMs();
  const { t, age } = useSpeech();
  const text = signal.sourceTimeMs <= 0 ? "\u2013" : age(nowMs - signal.sourceTimeMs);
  const quality = qualityOf(signal);
  return (
    <span className={style.age} data-age data-abnormal={quality !== "good"}>
      {quality === "good" ? text : `${text} \u00b7 ${t(`quality.${quality}`)}`}
    </span>
  );
}
