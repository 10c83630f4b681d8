import type { SignalPicture } from "@only-mes/protocols/console/live";
import { useState } from "react";
import { useSpeech } from "../../brand/speech.ts";
import { Choice } from "../../controls/choice.tsx";
import { usePicture, useReach, useTopic } from "../../frame/plant.tsx";
import { useTitle } from "../../frame/use-title.ts";
import { lineOf, lineStateOf, lineTopic, signalOf } from "../../live/picture.ts";
import { BackLink } from "../back-link.tsx";
import { NotFound } from "../not-found/not-found.tsx";
import { Notice } from "../notice.tsx";
import { useShownValue } from "../shown-value.ts";
import { SignalAge } from "../signal-age.tsx";
import style from "./signal-trend.module.css";
import { TextHistory } from "./text-history.tsx";
import { TrendView } from "./trend-view.tsx";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const ranges = { "15min": 15 * minuteMs, "1h": hourMs, "8h": 8 * hourMs, "24h": 24 * hourMs };

type Range = keyof typeof ranges;
type View = "chart" | "table";

/** One signal over time, going on live. */
export function SignalTrend({ line, signal: signalId }: { line: string; signal: string }) {
  const topic = lineTopic(line);
  useTopic(topic);
  const { t, own } = useSpeech();
  const refused = usePicture((picture) => topic in picture.refusedTopics);
  const isKnown = usePicture((picture) => lineStateOf(picture, line) !== undefined);
  const lineName = usePicture((picture) => lineOf(picture, line)?.name ?? line);
  const signal = usePicture((picture) => signalOf(picture, line, signalId));
  const unitName = usePicture((picture) =>
    signal === undefined ? "" : (lineStateOf(picture, line)?.units[signal.unit]?.name ?? ""),
  );
  const [range, setRange] = useState<Range>("1h");
  const [view, setView] = useState<View>("chart");
  const name = signal === undefined ? signalId : own("signal", signal.name);
  useTitle(name);

  if (refused) return <NotFound title={t("notFound.line", { line })} />;
  if (!isKnown) return <Notice title={t("board.waiting")} />;
  if (signal === undefined) {
    return <NotFound title={t("notFound.signal", { signal: signalId })} />;
  }
  const isText = signal.role === "text";
  const rangeTexts: Record<Range, string> = {
    "15min": t("trend.minutes", { n: 15 }),
    "1h": t("trend.hours", { n: 1 }),
    "8h": t("trend.hours", { n: 8 }),
    "24h": t("trend.hours", { n: 24 }),
  };
  return (
    <div className={style.screen} data-line={line}>
      <div className={style.head}>
        <BackLink to={{ screen: "line", line }}>{lineName}</BackLink>
        <div className={style.names}>
          <h1 className={style.name}>{name}</h1>
          <p className={style.unitName}>{unitName}</p>
        </div>
        <ValueNow signal={signal} />
      </div>
      <div className={style.keys}>
        <Choice
          label={t("trend.range")}
          values={keysOf(rangeTexts)}
          chosen={range}
          choose={setRange}
        />
        {!isText && (
          <Choice
            label={t("trend.view")}
            values={keysOf<View>({ chart: t("trend.chart"), table: t("trend.table") })}
            chosen={view}
            choose={setView}
          />
        )}
      </div>
      {isText ? (
        <TextHistory signal={signal} name={name} rangeMs={ranges[range]} />
      ) : (
        <TrendView
          line={line}
          signal={signal}
          name={name}
          rangeMs={ranges[range]}
          rangeText={rangeTexts[range]}
          view={view}
        />
      )}
    </div>
  );
}

function keysOf<Value extends string>(texts: Record<Value, string>) {
  const values = Object.keys(texts) as Value[];
  return values.map((value) => ({ value, text: texts[value] }));
}

function ValueNow({ signal }: { signal: SignalPicture }) {
  const live = useReach() === "live" && !signal.stale;
  const { text, unit } = useShownValue(signal);
  return (
    <p
      className={style.now}
      data-signal={signal.id}
      data-value={String(signal.value)}
      data-quality={signal.quality}
      data-live={live}
    >
      <b className={style.value}>{text}</b>
      {unit !== undefined && <span className={style.unit}>{unit}</span>}
      <SignalAge signal={signal} />
    </p>
  );
}
