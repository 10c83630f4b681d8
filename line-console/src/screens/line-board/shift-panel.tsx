import type { LinePicture, ShiftKpis } from "@only-mes/protocols/console/live";
import { useSpeech } from "../../brand/speech.ts";
import { Progress } from "../../controls/progress.tsx";
import { variables } from "../../controls/variables.ts";
import { useNowEvery } from "../../frame/plant.tsx";
import { paceOf, paceWord } from "../pace.ts";
import style from "./shift-panel.module.css";

/** This shift against its target: what is made, what is missing, and the rate that recovers it. */
export function ShiftPanel({ line }: { line: LinePicture }) {
  const { t, count, signed, share } = useSpeech();
  const nowMs = useNowEvery(10);
  const pace = paceOf(line, nowMs);
  const all = line.good + line.scrap;
  const gap = pace === null ? "" : signed(pace.gap);
  const isUnscheduled = line.shift.unscheduled === true;
  const what = t(isUnscheduled ? "line.noShift" : "line.thisShift");
  const digits = Math.max(count(line.good).length, gap.length, 6);
  return (
    <section className={style.panel} aria-label={what}>
      <div className={style.main} style={variables({ "--digits": digits })}>
        <div>
          <p className={style.label}>{t("line.good")}</p>
          <p className={style.good} data-testid="good" data-value={line.good}>
            {count(line.good)}
          </p>
        </div>
        <div className={style.against}>
          <p className={style.label}>
            {t("line.due")} {line.target === undefined ? "\u2013" : count(line.target)}
          </p>
          {pace === null ? (
            <p className={style.needed}>
              {t(isUnscheduled ? "shift.unscheduled" : "line.noTarget")}
            </p>
          ) : (
            <>
              <p className={style.gap} data-testid="gap">
                {gap}
              </p>
              <p className={style.needed}>{t(paceWord(pace), { rate: pace.neededPerHour ?? 0 })}</p>
            </>
          )}
        </div>
      </div>
      {pace !== null && line.target !== undefined && (
        <div className={style.progress}>
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
          <p className={style.end}>{t("line.shiftTarget", { n: pace.endTarget })}</p>
        </div>
      )}
      {line.kpis !== undefined && !line.stale && <Kpis kpis={line.kpis} />}
      <dl className={style.more}>
        <div>
          <dt>{t("line.rate")}</dt>
          <dd>
            <b>{t("line.perHour", { n: Math.round(line.ratePerMinute * 60) })}</b>{" "}
            {line.idealRatePerMinute !== undefined &&
              t("line.ideal", { n: Math.round(line.idealRatePerMinute * 60) })}
          </dd>
        </div>
        <div>
          <dt>{t("line.scrap")}</dt>
          <dd>
            <b data-testid="scrap" data-value={line.scrap}>
              {count(line.scrap)}
            </b>{" "}
            {all > 0 && t("board.scrapShare", { share: share(line.scrap / all) })}
          </dd>
        </div>
      </dl>
    </section>
  );
}

const figures = ["oee", "availability", "effectiveness", "quality"] as const;

/** Quiet: an operator acts by the gap above; these say what it comes of. */
function Kpis({ kpis }: { kpis: ShiftKpis }) {
  const { t, share } = useSpeech();
  return (
    <dl className={style.kpis} data-testid="kpis">
      {figures.map((figure) => {
        const value = kpis[figure];
        return (
          <div key={figure}>
            <dt>{t(`kpi.${figure}`)}</dt>
            <dd>{value === undefined ? "\u2013" : share(value)}</dd>
          </div>
        );
      })}
    </dl>
  );
}
