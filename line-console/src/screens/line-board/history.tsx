import type { StateInterval } from "@only-mes/protocols/console/http";
import type { LinePicture } from "@only-mes/protocols/console/live";
import type { StateLook } from "@only-mes/protocols/plant/machine-state";
import { useMemo } from "react";
import { useFetched } from "../../api/use-fetched.ts";
import { hoursMinutes, useSpeech } from "../../brand/speech.ts";
import { StateShape } from "../../controls/state-shape.tsx";
import { Strip } from "../../controls/strip.tsx";
import { useNowEvery, useReach } from "../../frame/plant.tsx";
import style from "./history.module.css";
import { segmentsOf, totalsOf } from "./state-history.ts";

const hours = 8;
const hourMs = 3_600_000;
/** More than a strip can show: one state every six seconds. */
const intervalsMax = 5_000;
const looks: readonly StateLook[] = ["running", "waiting", "stopped", "unknown"];
const noIntervals: StateInterval[] = [];

/** The last eight hours of the line as a strip, with what they add up to. */
export function History({ line }: { line: LinePicture }) {
  const { t, hourMinute } = useSpeech();
  const reach = useReach();
  const minuteMs = useNowEvery(60);
  const nowMs = useNowEvery(10);
  const path = statesPath(line.id, minuteMs);
  const { body, failure } = useFetched<{ items: StateInterval[] }>(
    `states of ${line.id}`,
    path,
    `${line.stateSinceMs} ${reach}`,
  );
  const fromMs = nowMs - hours * hourMs;
  const { state, stateSinceMs, stale } = line;
  const segments = useMemo(() => {
    const now = stale ? { state: "Unknown" as const, stateSinceMs } : { state, stateSinceMs };
    return segmentsOf(body?.items ?? noIntervals, now, fromMs, nowMs);
  }, [body, state, stateSinceMs, stale, fromMs, nowMs]);
  const marks = useMemo(() => marksOf(fromMs, nowMs, hourMinute), [fromMs, nowMs, hourMinute]);
  const totals = totalsOf(segments);
  const spoken = looks.map((look) => `${t(`look.${look}`)} ${hoursMinutes(totals[look])}`);
  return (
    <section className={style.panel}>
      <div className={style.head}>
        <h2 className={style.title}>{t("board.history", { hours })}</h2>
        {failure !== null && reach === "live" ? (
          <p className={style.failure}>{t("board.historyFailed", { reason: failure.message })}</p>
        ) : (
          <ul className={style.totals}>
            {looks.map((look) => (
              <li key={look} data-look={look} className={style.total}>
                <StateShape look={look} />
                <span>{t(`look.${look}`)}</span>
                <b>{hoursMinutes(totals[look])}</b>
              </li>
            ))}
          </ul>
        )}
      </div>
      <Strip
        segments={segments}
        fromMs={fromMs}
        toMs={nowMs}
        marks={marks}
        label={`${t("board.history", { hours })}: ${spoken.join(", ")}`}
      />
    </section>
  );
}

function statesPath(lineId: string, toMs: number): string {
  const from = new Date(toMs - hours * hourMs).toISOString();
  // The minute that is under way counts, too.
  const to = new Date(toMs + 60_000).toISOString();
  return `/api/v1/lines/${encodeURIComponent(lineId)}/states?from=${from}&to=${to}&limit=${intervalsMax}`;
}

/** Whole hours, but none so near to an edge that it would be cut. */
function marksOf(fromMs: number, toMs: number, text: (ms: number) => string) {
  const edgeMs = 10 * 60_000;
  const first = Math.ceil((fromMs + edgeMs) / hourMs) * hourMs;
  const marks: { atMs: number; text: string }[] = [];
  for (let atMs = first; atMs <= toMs - edgeMs; atMs += hourMs) {
    marks.push({ atMs, text: text(atMs) });
  }
  return marks;
}
