/**
 * The server's clock, seen from here. Local times are milliseconds of a clock that is never set
 * (`performance.now`). Plant time may run faster than ours, in a simulation.
 */
export interface ServerClock {
  /** The newest last. */
  exchanges: readonly TimeExchange[];
  /** The latest server time that was heard at all. */
  heardServerMs: number;
}

export interface TimeExchange {
  sentLocalMs: number;
  receivedLocalMs: number;
  serverMs: number;
}

export const noServerClock: ServerClock = { exchanges: [], heardServerMs: 0 };

/** Five minutes at one exchange every fifteen seconds. */
const exchangesMax = 20;

/** Below it a measured speed says more about the network than about the plant. */
const speedBaselineMs = 900;

export function withExchange(clock: ServerClock, exchange: TimeExchange): ServerClock {
  return {
    exchanges: [...clock.exchanges, exchange].slice(-exchangesMax),
    heardServerMs: Math.max(clock.heardServerMs, exchange.serverMs),
  };
}

export function withHeard(clock: ServerClock, serverMs: number): ServerClock {
  return serverMs > clock.heardServerMs ? { ...clock, heardServerMs: serverMs } : clock;
}

/** Server time at a local time; the last time heard as long as there was no exchange. */
export function serverTimeAt(clock: ServerClock, localMs: number): number {
  const best = shortestOf(clock.exchanges);
  if (best === undefined) return clock.heardServerMs;
  const estimate = best.serverMs + (localMs - middleOf(best)) * speedOf(clock);
  return Math.max(Math.round(estimate), clock.heardServerMs);
}

/** Plant milliseconds in one of ours: 1 as long as the network alone can explain the difference. */
export function speedOf(clock: ServerClock): number {
  const half = Math.ceil(clock.exchanges.length / 2);
  const early = shortestOf(clock.exchanges.slice(0, half));
  const late = shortestOf(clock.exchanges.slice(half));
  if (early === undefined || late === undefined) return 1;
  const baselineMs = middleOf(late) - middleOf(early);
  if (baselineMs < speedBaselineMs) return 1;
  const serverSpanMs = late.serverMs - early.serverMs;
  const doubtMs = (roundTripMs(early) + roundTripMs(late)) / 2;
  return Math.abs(serverSpanMs - baselineMs) <= doubtMs ? 1 : serverSpanMs / baselineMs;
}

function middleOf(exchange: TimeExchange): number {
  return (exchange.sentLocalMs + exchange.receivedLocalMs) / 2;
}

function shortestOf(exchanges: readonly TimeExchange[]): TimeExchange | undefined {
  return exchanges.reduce<TimeExchange | undefined>(
    (best, next) => (best === undefined || roundTripMs(next) <= roundTripMs(best) ? next : best),
    undefined,
  );
}

function roundTripMs(exchange: TimeExchange): number {
  return exchange.receivedLocalMs - exchange.sentLocalMs;
}
