import { commandRequestMetric } from "@only-mes/protocols/events/command";
import { datatypes, encodePayload } from "@only-mes/protocols/sparkplug/payload";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readDeviceCommand } from "./read-command.ts";
import type { CommandTarget } from "./target.ts";

const nobody: CommandTarget = {
  isConnected: () => false,
  signal: () => undefined,
  isRequest: ({ name }) => name === commandRequestMetric,
  latest: () => undefined,
  write: () => Promise.reject(new Error("nothing is written")),
  report: () => true,
};

const read = (payload: Uint8Array) => readDeviceCommand("plc", payload, nobody);

test("whatever the bytes, they are read or invalid, and never an error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(Array.isArray(read(bytes))).toBe(true);
    }),
    { seed: 1, numRuns: 5000 },
  );
});

test("whatever the JSON, it is a request with an id, or invalid with the reason", () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (value) => {
      const metrics = [{ name: commandRequestMetric, datatype: datatypes.String, value }];
      const [command] = read(encodePayload({ metrics }));
      expect(command).toMatchObject({ kind: "invalid", why: expect.stringMatching(/\S/) });
    }),
    { seed: 2, numRuns: 3000 },
  );
});

test("more metrics than a person would send are none", () => {
  const metric = { name: "unit/x", datatype: datatypes.Double, value: 1 };
  const payload = encodePayload({
    timestampMs: 5,
    metrics: Array.from({ length: 65 }, () => metric),
  });
  expect(read(payload)).toEqual([expect.objectContaining({ kind: "invalid" })]);
});

test("[CM10] a plain command without a time is none: it may be old, or a second copy", () => {
  const metric = { name: "unit/x", datatype: datatypes.Double, value: 1 };
  const [command] = read(encodePayload({ metrics: [metric] }));
  expect(command).toMatchObject({ kind: "invalid", why: expect.stringMatching(/timestamp/) });
  const [timed] = read(encodePayload({ metrics: [{ ...metric, timestampMs: 7 }] }));
  expect(timed).toMatchObject({ kind: "asked", request: { issuedAtMs: 7 } });
});

test("64 bits that a number would round stay whole", () => {
  const metrics = [{ name: "unit/x", datatype: datatypes.UInt64, value: 2n ** 64n - 1n }];
  const [command] = read(encodePayload({ timestampMs: 5, metrics }));
  expect(command).toMatchObject({
    kind: "asked",
    request: { value: "18446744073709551615", issuedAtMs: 5 },
  });
});
