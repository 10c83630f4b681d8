import style from "./progress.module.css";
import { variables } from "./variables.ts";

interface ProgressProps {
  good: number;
  /** Good pieces due by now. */
  due: number;
  /** Good pieces due at the end. */
  target: number;
  label: string;
}

/** The shift as one bar: how far it is, and a mark for how far it should be. */
export function Progress({ good, due, target, label }: ProgressProps) {
  const share = (value: number) =>
    target <= 0 ? "0%" : `${Math.min(100, Math.max(0, (100 * value) / target)).toFixed(2)}%`;
  return (
    <div
      className={style.track}
      role="img"
      aria-label={label}
      data-behind={good < due}
      style={variables({ "--good": share(good), "--due": share(due) })}
    >
      <div className={style.good} />
      <div className={style.due} />
    </div>
  );
}
