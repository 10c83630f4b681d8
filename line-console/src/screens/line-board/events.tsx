import type { LineEvent } from "@only-mes/protocols/console/live";
import { useSpeech } from "../../brand/speech.ts";
import { StateShape } from "../../controls/state-shape.tsx";
import { usePicture } from "../../frame/plant.tsx";
import { eventsOf, lineStateOf } from "../../live/picture.ts";
import { toldEvent } from "./event-text.ts";
import style from "./events.module.css";

const shownMax = 14;

/** What happened on the line, the newest first. */
export function Events({ line }: { line: string }) {
  const { t } = useSpeech();
  const events = usePicture((picture) => eventsOf(picture, line));
  const units = usePicture((picture) => lineStateOf(picture, line)?.units);
  const newest = [...events].sort((a, b) => b.atMs - a.atMs).slice(0, shownMax);
  return (
    <section className={style.panel}>
      <h2 className={style.title}>{t("board.events")}</h2>
      {events.length === 0 ? (
        <p className={style.none}>{t("board.noEvents")}</p>
      ) : (
        <ol>
          {newest.map((event) => (
            <Event key={event.id} event={event} unit={units?.[event.unit]?.name ?? event.unit} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Event({ event, unit }: { event: LineEvent; unit: string }) {
  const { t, clock } = useSpeech();
  const { id, text, look } = toldEvent(event, unit);
  return (
    <li className={style.event} data-kind={event.kind}>
      <time className={style.time} dateTime={new Date(event.atMs).toISOString()}>
        {clock(event.atMs)}
      </time>
      <span className={style.unit}>{unit}</span>
      <span className={style.text} data-look={look ?? undefined} title={text}>
        {look !== null && <StateShape look={look} />}
        {id === null ? text : t(id)}
      </span>
    </li>
  );
}
