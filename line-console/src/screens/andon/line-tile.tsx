import type { LinePicture } from "@only-mes/protocols/console/live";
import type { StateLook } from "@only-mes/protocols/plant/machine-state";
import { memo } from "react";
import { useSpeech } from "../../brand/speech.ts";
import { Progress } from "../../controls/progress.tsx";
import { StateShape } from "../../controls/state-shape.tsx";
import { variables } from "../../controls/variables.ts";
import { useNowEvery, useReach } from "../../frame/plant.tsx";
import { Freshness } from "../freshness.tsx";
import { Link } from "../../navigation/navigation.tsx";
import { paceOf, paceWord } from "../pace.ts";
import { shownLook } from "../shown-look.ts";
import { StateDetail } from "../state-detail.tsx";
import style from "./line-tile.module.css";

export const LineTile = memo(function LineTile({ line }: { line: LinePicture }) {
  const live = useReach() === "live" && !line.stale;
  const look = shownLook(line);
  return (
    <Link
      className={style.tile}
      to={{ screen: "line", line: line.id }}
      data-line={line.id}
      data-state={line.state}
      data-look={look}
      data-live={live}
    >
      <article className={style.inside}>
        <Banner line={line} look={look} />
        <Numbers line={line} />
      </article>
    </Link>
  );
});

function Banner({ line, look }: { line: LinePicture; look: StateLook }) {
  const { t, own } = useSpeech();
  const word = t(line.stale ? "state.Unknown" : `state.${line.state}`);
  return (
    <div className={style.banner}>
      <div className={style.title}>
        <h2 className={style.name}>{line.name}</h2>
        <p className={style.area}>{own("area", line.area)}</p>
      </div>
      <p className={style.state} style={variables({ "--letters": Math.max(word.length, 8) })}>
        <StateShape look={look} className={style.shape} />
        <span>{word}</span>
      </p>
      <div className={style.under}>
        <p className={style.detail}>
          <StateDetail {...line} />
        </p>
        <p className={style.fresh}>
          <Freshness lastSampleAtMs={line.lastSampleAtMs} stale={line.stale} />
        </p>
      </div>
    </div>
  );
}

function Numbers({ line }: { line: LinePicture }) {
  const { t, count, signed } = useSpeech();
  const nowMs = useNowEvery(10);
  const pace = paceOf(line, nowMs);
  return (
    <div className={style.numbers}>
      <dl className={style.figures}>
        <div className={style.good}>
          <dt>{t("line.good")}</dt>
          <dd data-testid="good" data-value={line.good}>
            {count(line.good)}
          </dd>
        </div>
        <div className={style.due}>
          <dt>{t("line.due")}</dt>
          <dd>{line.target === undefined ? "\u2013" : count(line.target)}</dd>
        </div>
        <div className={style.rate}>
          <dt>{t("line.rate")}</dt>
          <dd>{t("line.perHour", { n: Math.round(line.ratePerMinute * 60) })}</dd>
        </div>
      </dl>
      {pace !== null && line.target !== undefined && (
        <Progress
          good={line.good}
          due={line.target}
          target={pace.endTarget}
          label={t("line.progress", {
            good: line.good,
            target: pace.endTarget,
            due: Math.round(line.target),
          })}
        />
      )}
      <p className={style.foot}>
        {pace === null ? (
          <span>{t("line.noTarget")}</span>
        ) : (
          <>
            <b>{signed(pace.gap)}</b>
            <span className={style.needed}>
              {t(paceWord(pace), { rate: pace.neededPerHour ?? 0 })}
            </span>
          </>
        )}
      </p>
    </div>
  );
}
