import type { HistoryBucket } from "@only-mes/protocols/console/http";
import { useMemo } from "react";
import { useSpeech } from "../../brand/speech.ts";
import { rowsOf } from "./trend-rows.ts";
import style from "./trend-table.module.css";

interface TrendTableProps {
  buckets: readonly HistoryBucket[];
  bucketMs: number;
  unit: string | undefined;
  summary: string;
  time: (ms: number) => string;
}

/** The same as numbers, for those who cannot see a curve and those who want to write one down. */
export function TrendTable({ buckets, bucketMs, unit, summary, time }: TrendTableProps) {
  const { t, measured } = useSpeech();
  const rows = useMemo(() => rowsOf(buckets, bucketMs), [buckets, bucketMs]);
  const shown = (value: number | null) => (value === null ? "\u2013" : measured(value));
  const head = (text: string) => (unit === undefined ? text : `${text} (${unit})`);
  return (
    <div className={style.scroll} role="region" aria-label={summary} tabIndex={0}>
      <table className={style.table}>
        <caption className="visually-hidden">{summary}</caption>
        <thead>
          <tr>
            <th scope="col">{t("trend.time")}</th>
            <th scope="col">{head(t("trend.lowest"))}</th>
            <th scope="col">{head(t("trend.highest"))}</th>
            <th scope="col">{head(t("trend.last"))}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.fromMs}>
              <th scope="row">{`${time(row.fromMs)} \u2013 ${time(row.toMs)}`}</th>
              {row.count === 0 ? (
                <td colSpan={3}>{t("trend.gap")}</td>
              ) : (
                <>
                  <td>{shown(row.lowest)}</td>
                  <td>{shown(row.highest)}</td>
                  <td>{shown(row.last)}</td>
                </>
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
