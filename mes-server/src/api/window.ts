import { z } from "zod";
import { ApiFailure } from "./failure.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const defaultRangeMs = 8 * hourMs;

/** Instants of the URL; the bounds keep them within what the database can hold. */
export const instantParameter = z.iso
  .datetime({ error: "is not an instant in UTC such as 2026-11-22T06:00:00Z" })
  .refine((text) => text >= "1990" && text < "2200", "lies outside of 1990 to 2200");

export const windowParameters = {
  from: instantParameter
    .optional()
    .describe("Beginning, ISO 8601 in UTC; 8 hours before `to` if absent."),
  to: instantParameter.optional().describe("End, not part of the range; now if absent."),
};

export interface Window {
  fromMs: number;
  toMs: number;
}

/** @throws {ApiFailure} if the range runs backwards, is empty, or longer than `daysMax`. */
export function windowOf(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  nowMs: number,
  daysMax: number,
): Window {
  const toMs = to === undefined ? nowMs : Date.parse(to);
  const fromMs = from === undefined ? toMs - defaultRangeMs : Date.parse(from);
  if (fromMs >= toMs) {
    throw new ApiFailure(
      "range_reversed",
      `${isoOf(fromMs)} is not before ${isoOf(toMs)}.`,
      "from",
    );
  }
  if (toMs - fromMs > daysMax * dayMs) {
    throw new ApiFailure("range_too_long", `At most ${daysMax} days are answered.`, "from");
  }
  return { fromMs, toMs };
}

/** As {@link windowOf}, for what is planned: without bounds it is what comes, from now on. */
export function comingWindow(
  { from, to }: { from?: string | undefined; to?: string | undefined },
  nowMs: number,
  { comingMs, daysMax }: { comingMs: number; daysMax: number },
): Window {
  const begin = from ?? (to === undefined ? isoOf(nowMs) : undefined);
  const beginMs = begin === undefined ? nowMs : Date.parse(begin);
  return windowOf({ from: begin, to }, Math.max(nowMs, beginMs) + comingMs, daysMax);
}

/**
 * A range as pieces of at least a day, each a whole number of steps. Each is one statement, so that
 * a long range never keeps the database from the commits for long.
 */
export function slicesOf({ fromMs, toMs }: Window, stepMs = 1): Window[] {
  const sliceMs = Math.ceil(dayMs / stepMs) * stepMs;
  const slices: Window[] = [];
  for (let atMs = fromMs; atMs < toMs; atMs += sliceMs) {
    slices.push({ fromMs: atMs, toMs: Math.min(toMs, atMs + sliceMs) });
  }
  return slices;
}

export function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

/**
 * A range that may be open at both ends, of lists that have an index of their own.
 *
 * @throws {ApiFailure} if it runs backwards or is empty.
 */
export function openWindowOf({
  from,
  to,
}: {
  from?: string | undefined;
  to?: string | undefined;
}): { fromMs: number | undefined; toMs: number | undefined } {
  const fromMs = from === undefined ? undefined : Date.parse(from);
  const toMs = to === undefined ? undefined : Date.parse(to);
  if (fromMs !== undefined && toMs !== undefined && fromMs >= toMs) {
    throw new ApiFailure("range_reversed", `${from} is not before ${to}.`, "from");
  }
  return { fromMs, toMs };
}
