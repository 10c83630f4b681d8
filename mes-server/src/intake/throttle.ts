/** Lets something through at most once in a while for each key. */
export function throttle(everyMs: number, realNow: () => number): (key: string) => boolean {
  const lastMs = new Map<string, number>();
  return (key) => {
    const now = realNow();
    const last = lastMs.get(key);
    if (last !== undefined && now - last < everyMs) return false;
    lastMs.set(key, now);
    return true;
  };
}
