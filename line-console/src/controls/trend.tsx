import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import style from "./trend.module.css";

export interface TrendProps {
  /** Columns of one length: times, lowest, highest and last values; `null` is a gap. */
  atMs: number[];
  lowest: (number | null)[];
  highest: (number | null)[];
  last: (number | null)[];
  fromMs: number;
  toMs: number;
  /** Steps for what counts or switches, a line for what is measured. */
  stepped: boolean;
  label: string;
  /** Changes when the colours of the page do: a canvas has to be told. */
  look: string;
  time: (ms: number) => string;
  value: (value: number) => string;
}

/** Values over time on a canvas: the band from lowest to highest, and the last value as a line. */
export function Trend(props: TrendProps) {
  const { atMs, lowest, highest, last, fromMs, toMs, label } = props;
  const { stepped, look, time, value } = props;
  const place = useRef<HTMLDivElement>(null);
  const [plot, setPlot] = useState<uPlot | null>(null);

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    element.dataset["drawnIn"] = look;
    const drawn = new uPlot(
      optionsOf(element, { stepped, time, value }),
      [[], [], [], []],
      element,
    );
    const resized = new ResizeObserver(() => {
      drawn.setSize({ width: element.clientWidth, height: element.clientHeight });
    });
    resized.observe(element);
    setPlot(drawn);
    return () => {
      resized.disconnect();
      drawn.destroy();
    };
  }, [stepped, look, time, value]);

  useEffect(() => {
    plot?.batch(() => {
      plot.setData([atMs, highest, lowest, last], false);
      plot.setScale("x", { min: fromMs, max: toMs });
    });
  }, [plot, atMs, lowest, highest, last, fromMs, toMs]);

  return <div className={style.trend} ref={place} role="img" aria-label={label} />;
}

function optionsOf(
  element: HTMLElement,
  { stepped, time, value }: Pick<TrendProps, "stepped" | "time" | "value">,
): uPlot.Options {
  const drawnStyle = getComputedStyle(element);
  const colour = (name: string) => drawnStyle.getPropertyValue(name).trim();
  const sizePx = Number.parseFloat(drawnStyle.fontSize);
  const accent = colour("--accent");
  const paths = stepped ? uPlot.paths.stepped?.({ align: 1 }) : uPlot.paths.linear?.();
  const edge: uPlot.Series = { stroke: `${accent}59`, width: 1, points: { show: false }, paths };
  const axis: uPlot.Axis = {
    stroke: colour("--text-quiet"),
    font: `500 ${Math.round(sizePx * 0.9)}px ${drawnStyle.fontFamily}`,
    grid: { stroke: colour("--border"), width: 1 },
    ticks: { show: false },
    gap: Math.round(sizePx * 0.6),
  };
  return {
    width: element.clientWidth,
    height: element.clientHeight,
    ms: 1,
    legend: { show: false },
    cursor: { show: false },
    padding: [sizePx, sizePx * 2.2, 0, 0],
    scales: {
      x: { time: true },
      y: { range: (_plot, low, high) => roomAround(low, high) },
    },
    axes: [
      {
        ...axis,
        size: Math.round(sizePx * 2.2),
        space: sizePx * 6,
        values: (_plot, ticks) => ticks.map(time),
      },
      {
        ...axis,
        size: Math.round(sizePx * 4.5),
        space: sizePx * 3.5,
        values: (_plot, ticks) => ticks.map(value),
      },
    ],
    series: [
      {},
      edge,
      edge,
      { stroke: accent, width: Math.max(2, sizePx / 8), points: { show: false }, paths },
    ],
    bands: [{ series: [1, 2], fill: `${accent}38` }],
  };
}

/** A tenth above and below; a value that never changes stands in the middle. */
function roomAround(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const room = high > low ? (high - low) / 10 : Math.max(1, Math.abs(high) / 10);
  return [low - room, high + room];
}
