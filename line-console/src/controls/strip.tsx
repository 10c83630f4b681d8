import type { StateLook } from "@only-mes/protocols/plant/machine-state";
import { memo } from "react";
import style from "./strip.module.css";
import { variables } from "./variables.ts";

export interface StripProps {
  segments: readonly { look: StateLook; fromMs: number; toMs: number }[];
  fromMs: number;
  toMs: number;
  label: string;
  /** Marks on the axis. */
  marks: readonly { atMs: number; text: string }[];
}

/** What is worse stands higher, so that the strip is read without colour too. */
const heights: Record<StateLook, number> = { running: 38, waiting: 68, stopped: 100, unknown: 100 };

/** Looks over time, as a skyline of bars. */
export const Strip = memo(function Strip({ segments, fromMs, toMs, label, marks }: StripProps) {
  const wholeMs = toMs - fromMs;
  return (
    <figure className={style.strip} role="img" aria-label={label}>
      <svg
        className={style.bars}
        viewBox={`0 0 ${wholeMs} 100`}
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        {segments.map(({ look, fromMs: startMs, toMs: endMs }) => (
          <rect
            key={startMs}
            className={style[look]}
            x={startMs - fromMs}
            width={endMs - startMs}
            y={100 - heights[look]}
            height={heights[look]}
          />
        ))}
      </svg>
      <div className={style.axis} aria-hidden="true">
        {marks.map(({ atMs, text }) => (
          <span
            key={atMs}
            className={style.mark}
            style={variables({ "--at": `${((100 * (atMs - fromMs)) / wholeMs).toFixed(3)}%` })}
          >
            {text}
          </span>
        ))}
      </div>
    </figure>
  );
});
