import type { StateLook } from "@only-mes/protocols/plant/machine-state";
import { useSpeech } from "../brand/speech.ts";
import { StateShape } from "../controls/state-shape.tsx";
import { andonOf } from "../live/picture.ts";
import type { Picture } from "../live/picture.ts";
import { useRoute } from "../navigation/navigation.tsx";
import { shownLook } from "../screens/shown-look.ts";
import { usePicture } from "./plant.tsx";
import style from "./look-counts.module.css";

const looks: readonly StateLook[] = ["stopped", "unknown", "waiting", "running"];

/** How many lines do what; only on the wall, which shows them all. */
export function LookCounts() {
  const route = useRoute();
  const counted = usePicture(countText);
  const { t, count } = useSpeech();
  if (route.screen !== "andon" || counted === "") return null;
  const counts = counted.split(",").map(Number);
  return (
    <ul className={style.counts}>
      {looks.map((look, index) => (
        <li key={look} data-look={look} data-none={counts[index] === 0} className={style.count}>
          <StateShape look={look} />
          <b>{count(counts[index] ?? 0)}</b>
          <span>{t(`look.${look}`)}</span>
        </li>
      ))}
    </ul>
  );
}

/** As text, so that an unchanged count is the same value and draws nothing. */
function countText(picture: Picture): string {
  const state = andonOf(picture);
  if (state === undefined) return "";
  const shown = Object.values(state.lines).map(shownLook);
  return looks.map((look) => shown.filter((one) => one === look).length).join(",");
}
