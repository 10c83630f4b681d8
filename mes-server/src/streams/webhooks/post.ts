import { lookup } from "node:dns";
import { request as httpRequest, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import type { LookupFunction } from "node:net";
import { isRefusedAddress, problemOfAddress, problemOfUrl } from "./receiverAddress.ts";
import { signedHeaders } from "./signature.ts";

export interface Posted {
  /** Whether the receiver has taken it: any status from 200 to 299. */
  isTaken: boolean;
  /** Absent: no answer. */
  status?: number | undefined;
  /** What was wrong, for people; never what a receiver has written. */
  failure?: string;
}

export interface PostParts {
  url: string;
  secret: string;
  id: string;
  body: string;
  sentAtMs: number;
  timeoutMs: number;
  signal?: AbortSignal;
}

const answerBytesMax = 65_536;

/**
 * Posts one message. It is given up after a time, whatever the receiver does; redirections are not followed,
 * as they would lead where nobody has allowed it to go. The address that a name stands for is checked as
 * the connection is made, so that a name cannot mean another one by then.
 */
export function post(parts: PostParts): Promise<Posted> {
  const problem = problemOfUrl(parts.url);
  if (problem !== undefined) return Promise.resolve({ isTaken: false, failure: problem });
  const url = new URL(parts.url);
  const timeout = AbortSignal.timeout(parts.timeoutMs);
  const options: RequestOptions = {
    method: "POST",
    agent: false,
    lookup: allowedLookup,
    signal: parts.signal === undefined ? timeout : AbortSignal.any([timeout, parts.signal]),
    headers: {
      "content-type": "application/json; charset=utf-8",
      "content-length": Buffer.byteLength(parts.body),
      "user-agent": "only-mes",
      ...signedHeaders(parts.secret, parts),
    },
  };
  return new Promise((resolve) => {
    const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(url, options);
    request.on("response", (response) => {
      const { statusCode: status = 0 } = response;
      resolve(
        status >= 200 && status < 300
          ? { isTaken: true, status }
          : { isTaken: false, status, failure: `It answered ${status}.` },
      );
      // What it says beside its status is of no use, and may never end.
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > answerBytesMax) response.destroy();
      });
      response.on("error", () => undefined);
    });
    request.on("error", (error: NodeJS.ErrnoException) => {
      const failure = timeout.aborted
        ? `It did not answer within ${parts.timeoutMs} ms.`
        : `It could not be reached: ${error.code ?? error.message}.`;
      resolve({
        isTaken: false,
        failure: error instanceof AddressRefused ? error.message : failure,
      });
    });
    request.end(parts.body);
  });
}

class AddressRefused extends Error {}

const allowedLookup: LookupFunction = (name, options, callback) => {
  lookup(name, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, "", 0);
    const refused = addresses.find(({ address }) => isRefusedAddress(address));
    const [first] = addresses;
    if (refused !== undefined || first === undefined) {
      return callback(new AddressRefused(problemOfAddress(refused?.address ?? name)), "", 0);
    }
    if (options.all === true) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};
