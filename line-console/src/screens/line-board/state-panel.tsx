import type { LinePicture } from "@only-mes/protocols/console/live";
import { useSpeech } from "../../brand/speech.ts";
import { StateShape } from "../../controls/state-shape.tsx";
import { variables } from "../../controls/variables.ts";
import { Freshness } from "../freshness.tsx";
import { shownLook } from "../shown-look.ts";
import { StateDetail } from "../state-detail.tsx";
import style from "./state-panel.module.css";

/** What the line does now: one word, as large as it gets. */
export function StatePanel({ line }: { line: LinePicture }) {
  const { t } = useSpeech();
  const look = shownLook(line);
  const word = t(line.stale ? "state.Unknown" : `state.${line.state}`);
  return (
    <section className={style.panel} data-look={look}>
      <p className={style.word} style={variables({ "--letters": Math.max(word.length, 7) })}>
        <StateShape look={look} className={style.shape} />
        <span>{word}</span>
      </p>
      <p className={style.detail}>
        <StateDetail {...line} />
      </p>
      <p className={style.fresh}>
        <Freshness lastSampleAtMs={line.lastSampleAtMs} stale={line.stale} />
      </p>
    </section>
  );
}
