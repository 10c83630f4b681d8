import type { Topic } from "@only-mes/protocols/console/live";
import type { ReactNode } from "react";
import { createContext, use, useEffect } from "react";
import { useStore } from "zustand";
import type { Link } from "../live/link.ts";
import type { Picture, Reach } from "../live/picture.ts";
import { reachOf } from "../live/picture.ts";
import type { Ticker } from "../live/ticker.ts";

interface Plant {
  link: Link;
  ticker: Ticker;
}

const PlantContext = createContext<Plant | null>(null);

export function PlantProvider({ link, ticker, children }: Plant & { children: ReactNode }) {
  return <PlantContext value={{ link, ticker }}>{children}</PlantContext>;
}

function usePlant(): Plant {
  const plant = use(PlantContext);
  if (plant === null) throw new Error("a screen is drawn outside of its plant");
  return plant;
}

export function useLink(): Link {
  return usePlant().link;
}

/** A part of the live picture; the component is drawn again when that part changes, and only then. */
export function usePicture<Part>(part: (picture: Picture) => Part): Part {
  return useStore(usePlant().link.store, part);
}

export function useReach(): Reach {
  return usePicture(reachOf);
}

/** Server time in whole seconds. Draws its component every second: only small parts may use it. */
export function useNowMs(): number {
  return useStore(usePlant().ticker.store, (tick) => tick.nowMs);
}

/** Server time in steps of so many seconds, for what need not be drawn every second. */
export function useNowEvery(seconds: number): number {
  const stepMs = seconds * 1_000;
  return useStore(usePlant().ticker.store, (tick) => Math.floor(tick.nowMs / stepMs) * stepMs);
}

/** How old the picture is; 0 while it is live. */
export function usePictureAgeMs(): number {
  return useStore(usePlant().ticker.store, (tick) => tick.pictureAgeMs);
}

/** Subscribes to a topic as long as the component stands. */
export function useTopic(topic: Topic): void {
  const { link } = usePlant();
  useEffect(() => link.want(topic), [link, topic]);
}
