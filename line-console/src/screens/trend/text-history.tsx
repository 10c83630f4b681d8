import type { History, HistoryBucket } from "@only-mes/protocols/console/http";
import type { SignalPicture } from "@only-mes/protocols/console/live";
import { useMemo } from "react";
import { useFetched } from "../../api/use-fetched.ts";
import { useSpeech } from "../../brand/speech.ts";
import { useNowEvery, useReach } from "../../frame/plant.tsx";
import { historyPath } from "./history-path.ts";
import table from "./trend-table.module.css";
import style from "./trend-view.module.css";

interface TextHistoryProps {
  signal: SignalPicture;
  name: string;
  rangeMs: number;
}

/** A text has no curve: what it was, and since when, the newest first. */
export function TextHistory({ signal, name, rangeMs }: TextHistoryProps) {
  const { t, dayTime } = useSpeech();
  const nowMs = useNowEvery(30);
  const history = useFetched<History>(
    `${signal.id} ${rangeMs}`,
    historyPath(signal.id, nowMs, rangeMs),
    useReach(),
  );
  const changes = useMemo(() => changesOf(history.body?.buckets ?? []), [history.body]);
  return (
    <section className={style.panel} aria-label={name}>
      {changes.length === 0 && (
        <p className={style.message}>
          {t(history.body === null ? "trend.loading" : "trend.empty")}
        </p>
      )}
      <div className={table.scroll} role="region" aria-label={name} tabIndex={0}>
        <table className={table.table}>
          <thead>
            <tr>
              <th scope="col">{t("trend.time")}</th>
              <th scope="col">{name}</th>
            </tr>
          </thead>
          <tbody>
            {changes.map(({ at, text }) => (
              <tr key={at}>
                <th scope="row">{dayTime(Date.parse(at))}</th>
                <td>{text}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function changesOf(buckets: readonly HistoryBucket[]): { at: string; text: string }[] {
  const changes: { at: string; text: string }[] = [];
  for (const { at, lastText } of buckets) {
    if (typeof lastText === "string" && lastText !== changes.at(-1)?.text) {
      changes.push({ at, text: lastText });
    }
  }
  return changes.reverse();
}
