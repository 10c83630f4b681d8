import type { SignalPicture } from "@only-mes/protocols/console/live";
import { useSpeech } from "../../brand/speech.ts";
import { usePicture, useReach } from "../../frame/plant.tsx";
import { signalOf } from "../../live/picture.ts";
import { Link } from "../../navigation/navigation.tsx";
import { SignalAge } from "../signal-age.tsx";
import { useShownValue } from "../shown-value.ts";
import style from "./signal-cell.module.css";

/** One value of the plant; tapping it leads to its trend. */
export function SignalCell({ line, signal: signalId }: { line: string; signal: string }) {
  const signal = usePicture((picture) => signalOf(picture, line, signalId));
  const { t, own } = useSpeech();
  const reach = useReach();
  if (signal === undefined) return null;
  const name = own("signal", signal.name);
  const attributes = {
    className: style.cell,
    "data-signal": signal.id,
    "data-value": String(signal.value),
    "data-quality": signal.quality,
    "data-live": reach === "live" && !signal.stale,
  };
  if (signal.role === "text") {
    return (
      <div {...attributes}>
        <Content signal={signal} name={name} />
      </div>
    );
  }
  return (
    <Link
      {...attributes}
      to={{ screen: "trend", line, signal: signal.id }}
      title={t("board.trendOf", { signal: name })}
    >
      <Content signal={signal} name={name} />
    </Link>
  );
}

function Content({ signal, name }: { signal: SignalPicture; name: string }) {
  const { text, unit } = useShownValue(signal);
  return (
    <>
      <span className={style.name}>{name}</span>
      <span className={style.value}>
        <b>{text}</b>
        {unit !== undefined && <span className={style.unit}> {unit}</span>}
      </span>
      <SignalAge signal={signal} />
    </>
  );
}
