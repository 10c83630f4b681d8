import type { StatusCode } from "node-opcua-client";

/** The status with which a server refused a whole request; `undefined` if it did not answer at all. */
export function faultOf(error: unknown): string | undefined {
  const { response } = (error ?? {}) as {
    response?: { responseHeader?: { serviceResult?: StatusCode } };
  };
  return response?.responseHeader?.serviceResult?.name;
}

/** What a server answers to more than it can take at once. */
const tooMuch: ReadonlySet<string | undefined> = new Set([
  "BadTooManyOperations",
  "BadRequestTooLarge",
  "BadResponseTooLarge",
  "BadEncodingLimitsExceeded",
]);

/** How many nodes a server takes in one request; halved, and kept so, when it answers that it was too much. */
export class RequestSize {
  #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  get most(): number {
    return this.#most;
  }

  /** Asks for all of it, part by part, one request after another; the answers in the same order. */
  async inRequests<T, R>(
    all: readonly T[],
    ask: (batch: readonly T[]) => Promise<readonly R[]>,
  ): Promise<R[]> {
    const answers: R[] = [];
    while (answers.length < all.length) {
      const batch = all.slice(answers.length, answers.length + this.#most);
      try {
        answers.push(...(await ask(batch)));
      } catch (error) {
        if (batch.length === 1 || !tooMuch.has(faultOf(error))) throw error;
        this.#most = Math.ceil(batch.length / 2);
      }
    }
    return answers;
  }
}
