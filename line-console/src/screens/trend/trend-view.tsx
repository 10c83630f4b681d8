import type { History, Signal } from "@only-mes/protocols/console/http";
import type { SignalPicture } from "@only-mes/protocols/console/live";
import { useMemo } from "react";
import { useFetched } from "../../api/use-fetched.ts";
import { useSpeech } from "../../brand/speech.ts";
import { Trend } from "../../controls/trend.tsx";
import { useNowEvery, useReach } from "../../frame/plant.tsx";
import { historyPath } from "./history-path.ts";
import { rangeOf, trendDataOf } from "./trend-data.ts";
import { TrendTable } from "./trend-table.tsx";
import style from "./trend-view.module.css";
import { useLivePoints } from "./use-live-points.ts";
import { usePageLook } from "./use-page-look.ts";

interface TrendViewProps {
  line: string;
  signal: SignalPicture;
  name: string;
  rangeMs: number;
  rangeText: string;
  view: "chart" | "table";
}

/** A healthy signal is silent for no longer than its heartbeat; a little later is late, not lost. */
const heartbeatsOfSilence = 1.5;
const silenceUnknownMs = 60_000;

export function TrendView({ line, signal, name, rangeMs, rangeText, view }: TrendViewProps) {
  const { t, dayTime, hourMinute, measured } = useSpeech();
  const reach = useReach();
  const look = usePageLook();
  const nowMs = useNowEvery(1);
  const historyMs = useNowEvery(Math.max(30, rangeMs / 60_000 / 2));
  const address = `/api/v1/signals/${encodeURIComponent(signal.id)}`;
  const described = useFetched<Signal>(signal.id, address, reach);
  const history = useFetched<History>(
    `${signal.id} ${rangeMs}`,
    historyPath(signal.id, historyMs, rangeMs),
    reach,
  );
  const points = useLivePoints(line, signal, rangeMs);
  const heartbeatMs = described.body?.definition.heartbeatMs;
  const silenceMs =
    heartbeatMs === undefined ? silenceUnknownMs : heartbeatMs * heartbeatsOfSilence;
  const holdsUntilMs = signal.stale ? null : nowMs;
  const data = useMemo(
    () =>
      trendDataOf(
        history.body?.buckets ?? [],
        history.body?.bucketMs ?? 0,
        points,
        silenceMs,
        holdsUntilMs,
      ),
    [history.body, points, silenceMs, holdsUntilMs],
  );
  const extent = rangeOf(data);
  const summary =
    extent === null
      ? t("trend.empty")
      : t("trend.summary", {
          signal: name,
          lowest: measured(extent.lowest),
          highest: measured(extent.highest),
          range: rangeText,
        });
  const time = rangeMs > 12 * 3_600_000 ? dayTime : hourMinute;
  const failure = reach === "live" ? history.failure : null;
  return (
    <section className={style.panel} aria-label={name}>
      {failure !== null && (
        <p className={style.message}>{t("trend.failed", { reason: failure.message })}</p>
      )}
      {failure === null && history.body === null && (
        <p className={style.message}>{t("trend.loading")}</p>
      )}
      {history.body !== null && extent === null && (
        <p className={style.message}>{t("trend.empty")}</p>
      )}
      {view === "chart" ? (
        <Trend
          {...data}
          fromMs={nowMs - rangeMs}
          toMs={nowMs}
          stepped={signal.role !== "analog"}
          label={summary}
          look={look}
          time={time}
          value={measured}
        />
      ) : (
        <TrendTable
          buckets={history.body?.buckets ?? []}
          bucketMs={history.body?.bucketMs ?? 0}
          unit={signal.engineeringUnit}
          summary={summary}
          time={time}
        />
      )}
    </section>
  );
}
