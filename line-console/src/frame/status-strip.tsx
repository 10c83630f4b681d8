import type { LinePicture } from "@only-mes/protocols/console/live";
import { hoursMinutes, useSpeech } from "../brand/speech.ts";
import { StateShape } from "../controls/state-shape.tsx";
import { andonOf, lineStateOf } from "../live/picture.ts";
import type { Picture } from "../live/picture.ts";
import { useRoute } from "../navigation/navigation.tsx";
import { useNowEvery, usePicture, useReach, usePictureAgeMs } from "./plant.tsx";
import { reloadSoon } from "./reload.ts";
import style from "./status-strip.module.css";
import { LookCounts } from "./look-counts.tsx";

/**
 * One row under the masthead, of one height whatever it says: the shift while all is well, and what
 * cannot be overlooked when it is not. So nothing on the screen ever moves.
 */
export function StatusStrip({ brandFailed }: { brandFailed: boolean }) {
  const reach = useReach();
  const { t } = useSpeech();
  if (reach === "lost") return <Lost />;
  return (
    <div className={style.strip}>
      <Shift />
      {brandFailed && <p className={style.warning}>{t("brand.failed")}</p>}
      <LookCounts />
      <Place />
    </div>
  );
}

/** A day of the week says which day it is only within a week. */
const nextShiftShownMs = 6 * 86_400_000;

function Shift() {
  const route = useRoute();
  const line = usePicture((picture) =>
    lineOfShift(picture, "line" in route ? route.line : undefined),
  );
  const nowMs = useNowEvery(30);
  const { t, own, hourMinute, dayTime } = useSpeech();
  if (line === undefined) return <p className={style.shift} />;
  const { name, startMs, endMs, unscheduled } = line.shift;
  if (unscheduled === true) {
    const isSoon = endMs - nowMs < nextShiftShownMs;
    return (
      <p className={style.shift}>
        <b>{own("shift", name)}</b>
        {isSoon && <span>{t("noShift.next", { time: dayTime(endMs) })}</span>}
      </p>
    );
  }
  const range = t("shift.range", { from: hourMinute(startMs), to: hourMinute(endMs) });
  return (
    <p className={style.shift}>
      <b>{own("shift", name)}</b>
      <span>{range}</span>
      <span>{t("shift.left", { duration: hoursMinutes(endMs - nowMs) })}</span>
    </p>
  );
}

/** Where the line stands; on the wall its place is taken by the counts. */
function Place() {
  const route = useRoute();
  const area = usePicture((picture) =>
    "line" in route ? lineStateOf(picture, route.line)?.line.area : undefined,
  );
  const { own } = useSpeech();
  return area === undefined ? null : <p className={style.place}>{own("area", area)}</p>;
}

function lineOfShift(picture: Picture, lineId: string | undefined): LinePicture | undefined {
  if (lineId !== undefined) return lineStateOf(picture, lineId)?.line;
  return Object.values(andonOf(picture)?.lines ?? {})[0];
}

function Lost() {
  const asOfMs = usePicture((picture) => picture.asOfMs);
  const refused = usePicture((picture) => picture.connection === "refused");
  const pictureAgeMs = usePictureAgeMs();
  const { t, clock, age } = useSpeech();
  return (
    <div className={style.lost} data-look="unknown">
      <StateShape look="unknown" className={style.shape} />
      <p className={style.headline} role="alert">
        {t("lost.headline")}
      </p>
      <p className={style.asOf} data-testid="as-of">
        {asOfMs === null
          ? t("lost.never")
          : t("lost.asOf", { time: clock(asOfMs), age: age(pictureAgeMs) })}
      </p>
      <p className={style.again}>{t(refused ? "lost.refused" : "lost.again")}</p>
      {refused && (
        <button className={style.reload} type="button" onClick={() => reloadSoon(0)}>
          {t("lost.reload")}
        </button>
      )}
    </div>
  );
}
