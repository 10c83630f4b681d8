import { useMemo } from "react";
import { useSpeech } from "../../brand/speech.ts";
import { StateShape } from "../../controls/state-shape.tsx";
import { usePicture } from "../../frame/plant.tsx";
import { lineStateOf, unitOf } from "../../live/picture.ts";
import { shownLook } from "../shown-look.ts";
import { StateDetail } from "../state-detail.tsx";
import { SignalCell } from "./signal-cell.tsx";
import { signalsByUnit, unitsInOrder } from "./unit-order.ts";
import style from "./units.module.css";

/** The units of the line in the order in which material flows, each with what it measures. */
export function Units({ line }: { line: string }) {
  const { t } = useSpeech();
  const units = usePicture((picture) => lineStateOf(picture, line)?.units);
  const signals = usePicture((picture) => lineStateOf(picture, line)?.signals);
  const ordered = useMemo(() => unitsInOrder(units ?? {}), [units]);
  const measured = useMemo(() => signalsByUnit(signals ?? {}), [signals]);
  return (
    <section className={style.section} aria-label={t("board.units")}>
      <ol className={style.units}>
        {ordered.map((unit) => (
          <li key={unit} className={style.unit}>
            <UnitHead line={line} unit={unit} />
            <ul className={style.signals}>
              {(measured.get(unit) ?? []).map((signal) => (
                <li key={signal}>
                  <SignalCell line={line} signal={signal} />
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ol>
    </section>
  );
}

function UnitHead({ line, unit: unitId }: { line: string; unit: string }) {
  const { t, count } = useSpeech();
  const unit = usePicture((picture) => unitOf(picture, line, unitId));
  if (unit === undefined) return null;
  const look = shownLook(unit);
  return (
    <div className={style.head} data-unit={unit.id} data-state={unit.state} data-look={look}>
      <h2 className={style.name}>{unit.name}</h2>
      <p className={style.state}>
        <StateShape look={look} />
        <b>{t(unit.stale ? "state.Unknown" : `state.${unit.state}`)}</b>
      </p>
      <p className={style.detail}>
        <StateDetail {...unit} />
      </p>
      <dl className={style.counts}>
        <div>
          <dt>{t("line.good")}</dt>
          <dd data-value={unit.good}>{count(unit.good)}</dd>
        </div>
        <div>
          <dt>{t("line.scrap")}</dt>
          <dd data-value={unit.scrap}>{count(unit.scrap)}</dd>
        </div>
      </dl>
    </div>
  );
}
