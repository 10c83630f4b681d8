export type OneAtATime = <Result>(act: () => Promise<Result>) => Promise<Result>;

/** What is given to it is done in the order in which it was given, each when the one before has ended. */
export function oneAtATime(): OneAtATime {
  let last = Promise.resolve();
  return async (act) => {
    const before = last;
    const ended = Promise.withResolvers<void>();
    last = ended.promise;
    await before;
    try {
      return await act();
    } finally {
      ended.resolve();
    }
  };
}
