import { logoUrl } from "../brand/wear-brand.ts";
import type { ModeChoice } from "../brand/mode.ts";
import { modeChoices } from "../brand/mode.ts";
import { useSpeech } from "../brand/speech.ts";
import { Link } from "../navigation/navigation.tsx";
import type { FrameSettings } from "./frame.tsx";
import style from "./masthead.module.css";
import { ModeShape } from "./mode-shape.tsx";
import { useNowMs, usePicture, useReach } from "./plant.tsx";

export function Masthead({ brand, mode, chooseMode }: FrameSettings) {
  const { t } = useSpeech();
  return (
    <div className={style.masthead}>
      <Link className={style.brand} to={{ screen: "andon" }}>
        <img className={style.logo} src={logoUrl(brand.logoSvg)} alt="" />
        <span className={style.name}>{brand.pack.name}</span>
      </Link>
      <Connection />
      <Clock />
      <button
        className={style.mode}
        type="button"
        aria-label={t("mode.label", { mode: t(`mode.${mode}`) })}
        title={t("mode.label", { mode: t(`mode.${mode}`) })}
        onClick={() => chooseMode(choiceAfter(mode))}
      >
        <ModeShape choice={mode} />
      </button>
    </div>
  );
}

function Clock() {
  const known = usePicture((picture) => picture.everLive);
  const nowMs = useNowMs();
  const { clock } = useSpeech();
  return (
    <time className={style.clock} dateTime={known ? new Date(nowMs).toISOString() : undefined}>
      {known ? clock(nowMs) : "\u2013\u2013:\u2013\u2013:\u2013\u2013"}
    </time>
  );
}

function Connection() {
  const reach = useReach();
  const { t } = useSpeech();
  return (
    <p
      className={style.connection}
      data-testid="connection"
      data-connection={reach}
      role="status"
      aria-label={`${t("connection.label")}: ${t(`connection.${reach}`)}`}
    >
      <span className={style.dot} aria-hidden="true" />
      <span className={style.reach}>{t(`connection.${reach}`)}</span>
    </p>
  );
}

function choiceAfter(choice: ModeChoice): ModeChoice {
  return modeChoices[(modeChoices.indexOf(choice) + 1) % modeChoices.length] ?? "bright";
}
