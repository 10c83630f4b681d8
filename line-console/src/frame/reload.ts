const storageKey = "only-mes.reloadedAt";

/** A page that cannot be mended by reloading must not reload for ever. */
const pauseMs = 300_000;

/** Reloads the page after a while, at most once in five minutes unless it is at once. */
export function reloadSoon(afterMs: number): void {
  if (afterMs > 0 && Date.now() - lastReloadMs() < pauseMs) return;
  setTimeout(() => {
    try {
      sessionStorage.setItem(storageKey, String(Date.now()));
    } finally {
      location.reload();
    }
  }, afterMs);
}

function lastReloadMs(): number {
  try {
    return Number(sessionStorage.getItem(storageKey) ?? 0);
  } catch {
    // Without storage nobody can tell how often it was: then never by itself.
    return Date.now();
  }
}
