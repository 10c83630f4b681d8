/**
 * Asks until the answer is not `undefined`; an error counts as no answer, for what asks may be just
 * starting again. @throws {Error} with `what` and the last error after `withinMs`.
 */
export async function until<Answer>(
  what: string,
  withinMs: number,
  ask: () => Promise<Answer | undefined>,
): Promise<Answer> {
  const deadline = performance.now() + withinMs;
  let lastError: unknown;
  while (performance.now() < deadline) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not come about within ${withinMs / 1000} s`, { cause: lastError });
}
