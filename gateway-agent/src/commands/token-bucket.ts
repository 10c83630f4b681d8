/** Lets `perSecond` through, and `burst` at once. */
export function tokenBucket(perSecond: number, burst: number, now: () => number): () => boolean {
  let tokens = burst;
  let at = now();
  return () => {
    const passedMs = now() - at;
    at += passedMs;
    tokens = Math.min(burst, tokens + (passedMs / 1000) * perSecond);
    if (tokens < 1) return false;
    tokens -= 1;
    return true;
  };
}
