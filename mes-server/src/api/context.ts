import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { FastifyInstance, FastifyBaseLogger, RawServerDefault } from "fastify";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Pool } from "pg";
import type { RecalculatedWindow } from "../commit/committed.ts";
import type { ShiftKeeper } from "../calendar/keepShifts.ts";
import type { MapDeployments } from "../gateways/mapDeployments.ts";
import type { Live } from "../live/live.ts";
import type { LineBook } from "../live/line-book.ts";
import type { SignalBook } from "../live/signal-book.ts";
import type { UnitBook } from "../live/unit-book.ts";
import { ApiFailure } from "./failure.ts";

/** Lanes and live go by what the plant model says now; what these windows show is no longer so. */
export type PlantChanged = (recalculated?: RecalculatedWindow[]) => Promise<void>;

/** What the resources read from. */
export interface ApiContext {
  pool: Pool;
  maps: MapDeployments;
  plantChanged: PlantChanged;
  clock: PlantClock;
  keeper: Pick<ShiftKeeper, "changed">;
  /** IANA zone of sites that have none of their own. */
  siteTimeZone: string;
  live: Pick<Live, "book" | "hasLoaded" | "reload" | "tell">;
  /** As there is no sign-in: whose commands are taken. */
  changesFrom: "own-machine" | "anywhere";
}

export type ApiApp = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** @throws {ApiFailure} while the pictures are not loaded: then nothing can be said to be unknown. */
export function loadedBook({ live }: ApiContext): Live["book"] {
  if (!live.hasLoaded()) throw new ApiFailure("pictures_loading");
  return live.book;
}

/** @throws {ApiFailure} if there is none. */
export function knownLine(context: ApiContext, id: string, field = "id"): LineBook {
  const line = loadedBook(context).line(id);
  if (line === undefined) throw new ApiFailure("line_unknown", `"${id}"`, field);
  return line;
}

/** @throws {ApiFailure} if there is none. */
export function knownUnit(context: ApiContext, id: string): UnitBook {
  const unit = loadedBook(context).unit(id);
  if (unit === undefined) throw new ApiFailure("unit_unknown", `"${id}"`, "id");
  return unit;
}

/** @throws {ApiFailure} if there is none. */
export function knownSignal(context: ApiContext, id: string): SignalBook {
  const signal = loadedBook(context).signal(id);
  if (signal === undefined) throw new ApiFailure("signal_unknown", `"${id}"`, "id");
  return signal;
}
