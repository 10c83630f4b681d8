import { useEffect, useMemo, useState } from "react";
import { getJson } from "./get.ts";

export interface Fetched<Body> {
  body: Body | null;
  /** Why the newest attempt failed; the older body stays. */
  failure: Error | null;
}

const retryMs = 5_000;

/**
 * The answer to a GET about one thing. It is asked for anew when `path` or `version` changes, again
 * and again after a failure; the older answer stays until then, but never that about another thing.
 */
export function useFetched<Body>(thing: string, path: string, version: unknown): Fetched<Body> {
  const [held, setHeld] = useState<Fetched<Body> & { thing: string }>(nothingOf(thing));

  const request = useMemo(() => ({ path, version }), [path, version]);

  useEffect(() => {
    const abort = new AbortController();
    let retry: ReturnType<typeof setTimeout> | undefined;
    function ask(): void {
      getJson<Body>(request.path, abort.signal).then(
        (body) => setHeld({ thing, body, failure: null }),
        (error: unknown) => {
          if (abort.signal.aborted) return;
          const failure = error instanceof Error ? error : new Error(String(error));
          setHeld((before) => ({
            ...(before.thing === thing ? before : nothingOf(thing)),
            failure,
          }));
          retry = setTimeout(ask, retryMs);
        },
      );
    }
    ask();
    return () => {
      abort.abort();
      clearTimeout(retry);
    };
  }, [thing, request]);

  return held.thing === thing ? held : nothingOf(thing);
}

function nothingOf(thing: string) {
  return { thing, body: null, failure: null };
}
