import type { Sampling } from "./characteristic.ts";

export interface DueState {
  sampling: Extract<Sampling, { by: "hand" }>;
  /** The last subgroup, or when sampling began. */
  sinceMs: number;
  /** Pieces made since, good and scrap. */
  piecesSince: number;
}

export interface Due {
  /** When it fell due by time; null if by pieces only. */
  dueAtMs: number | null;
  /** Pieces beyond the ones after which it falls due, negative before; null if by time only. */
  piecesOver: number | null;
  isDue: boolean;
}

const minuteMs = 60_000;

/** Whether a subgroup is to be taken by now: by time or by pieces, whichever comes first. */
export function dueBy({ sampling, sinceMs, piecesSince }: DueState, nowMs: number): Due {
  const { everyMinutes, everyPieces } = sampling;
  const dueAtMs = everyMinutes === undefined ? null : sinceMs + everyMinutes * minuteMs;
  const piecesOver = everyPieces === undefined ? null : piecesSince - everyPieces;
  const isDue = (dueAtMs !== null && dueAtMs <= nowMs) || (piecesOver !== null && piecesOver >= 0);
  return { dueAtMs, piecesOver, isDue };
}
