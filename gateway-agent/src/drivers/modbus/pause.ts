/** Resolves after so many milliseconds of this machine, or at once when it is given up. */
export async function pause(ms: number, givenUp: AbortSignal): Promise<void> {
  if (givenUp.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, ms);
  const end = () => resolve();
  givenUp.addEventListener("abort", end);
  await promise;
  clearTimeout(timer);
  givenUp.removeEventListener("abort", end);
}
