import type { ApiError } from "@only-mes/protocols/console/http";

/** An answer that was not what was asked for: the server's own words, where it has some. */
class RequestFailure extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "RequestFailure";
    this.status = status;
    this.code = code;
  }
}

const timeoutMs = 10_000;

/**
 * A GET of the server's API.
 * @throws {RequestFailure} if the server refuses; the fetch's own error if it cannot be reached.
 */
export async function getJson<Body>(path: string, signal?: AbortSignal): Promise<Body> {
  const bounded = AbortSignal.any([
    AbortSignal.timeout(timeoutMs),
    ...(signal === undefined ? [] : [signal]),
  ]);
  const response = await fetch(path, { signal: bounded, headers: { accept: "application/json" } });
  if (response.ok) return (await response.json()) as Body;
  const body = (await response.json().catch(() => null)) as ApiError | null;
  const { code, message } = body?.error ?? {
    code: `http-${response.status}`,
    message: `${response.status} ${response.statusText}`,
  };
  throw new RequestFailure(response.status, code, message);
}
