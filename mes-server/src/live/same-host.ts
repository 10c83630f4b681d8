import type { IncomingHttpHeaders } from "node:http";

/**
 * A page may only connect to the server that it came from: a browser sends its origin and cannot
 * change it. Clients that are no browsers send none.
 */
export function isSameHost({ origin, host }: IncomingHttpHeaders): boolean {
  if (origin === undefined) return true;
  if (host === undefined || !URL.canParse(origin)) return false;
  return new URL(origin).host === host.toLowerCase();
}
