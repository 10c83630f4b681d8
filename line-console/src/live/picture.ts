import type {
  AndonState,
  LineEvent,
  LinePicture,
  LineState,
  SignalPicture,
  Topic,
  UnitPicture,
} from "@only-mes/protocols/console/live";
import type { ConnectionState } from "./connection.ts";
import type { TopicPicture } from "./topic-picture.ts";

/** All that the screens draw of the live plant. Immutable; entries that did not change stay the same. */
export interface Picture {
  connection: ConnectionState;
  /** It was live before: what is shown is the past, not nothing. */
  everLive: boolean;
  /** Server time up to which the picture was live, while it is not. */
  asOfMs: number | null;
  refusal: Refusal | null;
  topics: Readonly<Record<string, TopicPicture>>;
  /** Topics that the server refuses, such as a line that it does not know. */
  refusedTopics: Readonly<Record<string, Refusal>>;
}

export interface Refusal {
  code: string;
  message: string;
}

export const emptyPicture: Picture = {
  connection: "idle",
  everLive: false,
  asOfMs: null,
  refusal: null,
  topics: {},
  refusedTopics: {},
};

/** What the connection means to a person. */
export type Reach = "live" | "connecting" | "lost";

export function reachOf(picture: Picture): Reach {
  if (picture.connection === "live") return "live";
  if (picture.everLive || picture.connection === "waiting" || picture.connection === "refused") {
    return "lost";
  }
  return "connecting";
}

export function lineTopic(lineId: string): Topic {
  return `line:${lineId}`;
}

export function andonOf(picture: Picture): AndonState | undefined {
  const state = picture.topics["andon"]?.state;
  return state !== undefined && "lines" in state ? state : undefined;
}

export function lineStateOf(picture: Picture, lineId: string): LineState | undefined {
  const state = picture.topics[lineTopic(lineId)]?.state;
  return state !== undefined && "line" in state ? state : undefined;
}

export function lineOf(picture: Picture, lineId: string): LinePicture | undefined {
  return lineStateOf(picture, lineId)?.line ?? andonOf(picture)?.lines[lineId];
}

export function unitOf(picture: Picture, lineId: string, unit: string): UnitPicture | undefined {
  return lineStateOf(picture, lineId)?.units[unit];
}

export function signalOf(
  picture: Picture,
  lineId: string,
  signal: string,
): SignalPicture | undefined {
  return lineStateOf(picture, lineId)?.signals[signal];
}

const noEvents: LineEvent[] = [];

export function eventsOf(picture: Picture, lineId: string): LineEvent[] {
  return lineStateOf(picture, lineId)?.events ?? noEvents;
}
