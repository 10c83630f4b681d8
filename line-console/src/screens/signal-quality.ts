import type { SignalPicture } from "@only-mes/protocols/console/live";
import type { Quality } from "@only-mes/protocols/plant/signal";

const good: Quality = 192;
const bad: Quality = 0;
const old: Quality = 500;

export type QualityWord = "good" | "bad" | "stale" | "uncertain";

export function qualityOf({
  quality,
  stale,
}: Pick<SignalPicture, "quality" | "stale">): QualityWord {
  if (quality === bad) return "bad";
  if (stale || quality === old) return "stale";
  return quality === good ? "good" : "uncertain";
}
