import type { IncomingMessage } from "node:http";

/**
 * The console needs nothing from elsewhere, and no inline code. Websockets are allowed to this host
 * alone, by name, since not every browser takes them to be `'self'`.
 */
export const contentSecurityPolicy = {
  "default-src": ["'none'"],
  "script-src": ["'self'"],
  "style-src": ["'self'"],
  "img-src": ["'self'", "data:"],
  "font-src": ["'self'"],
  "connect-src": ["'self'", ({ headers }: IncomingMessage) => socketsOf(headers.host)],
  "manifest-src": ["'self'"],
  "worker-src": ["'self'"],
  "base-uri": ["'none'"],
  "form-action": ["'none'"],
  "frame-ancestors": ["'none'"],
};

/** A Host header that is none must not write into the policy. */
function socketsOf(host: string | undefined): string {
  return host !== undefined && /^[\w.-]+(?::\d{1,5})?$|^\[[0-9a-fA-F:]+\](?::\d{1,5})?$/.test(host)
    ? `ws://${host} wss://${host}`
    : "'self'";
}
