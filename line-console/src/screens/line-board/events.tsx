import { useSpeech } from "../../brand/speech.ts";
import { usePicture } from "../../frame/plant.tsx";
import { eventsOf, lineStateOf } from "../../live/picture.ts";
import style from "./events.module.css";

const shownMax = 14;

/** What happened on the line, the newest first. */
export function Events({ line }: { line: string }) {
  const { t, clock } = useSpeech();
  const events = usePicture((picture) => eventsOf(picture, line));
  const units = usePicture((picture) => lineStateOf(picture, line)?.units);
  return (
    <section className={style.panel}>
      <h2 className={style.title}>{t("board.events")}</h2>
      {events.length === 0 ? (
        <p className={style.none}>{t("board.noEvents")}</p>
      ) : (
        <ol className={style.events}>
          {events
            .slice(-shownMax)
            .reverse()
            .map((event) => (
              <li key={event.id} className={style.event} data-kind={event.kind}>
                <time className={style.time} dateTime={new Date(event.atMs).toISOString()}>
                  {clock(event.atMs)}
                </time>
                <span className={style.unit}>{units?.[event.unit]?.name ?? event.unit}</span>
                <span className={style.text}>{event.text}</span>
              </li>
            ))}
        </ol>
      )}
    </section>
  );
}
