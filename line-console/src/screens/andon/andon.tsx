import type { LinePicture } from "@only-mes/protocols/console/live";
import { useState } from "react";
import { useSpeech } from "../../brand/speech.ts";
import { useNowEvery, usePicture, useTopic } from "../../frame/plant.tsx";
import { useTitle } from "../../frame/use-title.ts";
import { andonOf } from "../../live/picture.ts";
import { Notice } from "../notice.tsx";
import style from "./andon.module.css";
import { LineTile } from "./line-tile.tsx";
import type { SettledLooks } from "./wall-order.ts";
import { settledLooks, wallOrder } from "./wall-order.ts";

/** All lines, worst first: read from three metres, never scrolled, nothing to operate. */
export function Andon() {
  useTopic("andon");
  const { t } = useSpeech();
  useTitle(t("wall.title"));
  const lines = usePicture((picture) => andonOf(picture)?.lines);
  const nowMs = useNowEvery(5);
  const [touched, setTouched] = useState(false);
  const [arrange] = useState(arrangement);

  if (lines === undefined) return <Notice title={t("wall.waiting")} />;
  const ordered = arrange(Object.values(lines), nowMs, touched);
  if (ordered.length === 0) return <Notice title={t("wall.empty")} hint={t("wall.emptyHint")} />;
  return (
    <>
      <h1 className="visually-hidden">{t("wall.title")}</h1>
      <ul
        className={style.wall}
        data-lines={Math.min(ordered.length, 13)}
        onPointerDown={() => setTouched(true)}
        onPointerUp={() => setTouched(false)}
        onPointerCancel={() => setTouched(false)}
        onPointerLeave={() => setTouched(false)}
      >
        {ordered.map((line) => (
          <li key={line.id} className={style.place}>
            <LineTile line={line} />
          </li>
        ))}
      </ul>
    </>
  );
}

/** The order of the tiles; while a finger is on the wall, none of them moves. */
function arrangement() {
  let looks: SettledLooks = new Map();
  return (lines: LinePicture[], nowMs: number, still: boolean): LinePicture[] => {
    if (!still) looks = settledLooks(looks, lines, nowMs);
    return wallOrder(lines, looks);
  };
}
