import { useSpeech } from "../../brand/speech.ts";
import { usePicture, useReach, useTopic } from "../../frame/plant.tsx";
import { useTitle } from "../../frame/use-title.ts";
import { lineStateOf, lineTopic } from "../../live/picture.ts";
import { BackLink } from "../back-link.tsx";
import { NotFound } from "../not-found/not-found.tsx";
import { Notice } from "../notice.tsx";
import { shownLook } from "../shown-look.ts";
import { Events } from "./events.tsx";
import { History } from "./history.tsx";
import style from "./line-board.module.css";
import { ShiftPanel } from "./shift-panel.tsx";
import { StatePanel } from "./state-panel.tsx";
import { Units } from "./units.tsx";

/** One line, for those who work at it. */
export function LineBoard({ line: lineId }: { line: string }) {
  const topic = lineTopic(lineId);
  useTopic(topic);
  const { t } = useSpeech();
  const line = usePicture((picture) => lineStateOf(picture, lineId)?.line);
  const refused = usePicture((picture) => topic in picture.refusedTopics);
  const live = useReach() === "live" && line?.stale === false;
  useTitle(line?.name ?? lineId);

  if (refused) return <NotFound title={t("notFound.line", { line: lineId })} />;
  if (line === undefined) return <Notice title={t("board.waiting")} />;
  return (
    <div
      className={style.board}
      data-line={line.id}
      data-state={line.state}
      data-look={shownLook(line)}
      data-live={live}
    >
      <div className={style.head}>
        <BackLink to={{ screen: "andon" }}>{t("nav.back")}</BackLink>
        <h1 className={style.name}>{line.name}</h1>
      </div>
      <StatePanel line={line} />
      <ShiftPanel line={line} />
      <History line={line} />
      <Units line={lineId} />
      <Events line={lineId} />
    </div>
  );
}
