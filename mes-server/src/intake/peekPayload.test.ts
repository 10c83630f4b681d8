import { datatypes, encodePayload, type Metric } from "@only-mes/protocols/sparkplug/payload";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { peekPayload } from "./peekPayload.ts";

const none = { epoch: undefined, sequence: undefined };
const aliases = { epoch: 1, sequence: 2 };

const sample = fc.record({
  alias: fc.integer({ min: 3, max: 100_000 }),
  timestampMs: fc.integer({ min: 0, max: 2 ** 45 }),
  datatype: fc.constantFrom(datatypes.Double, datatypes.UInt64, datatypes.String),
});

function metric({ datatype, ...rest }: { datatype: number; alias: number }): Metric {
  return { ...rest, datatype, value: datatype === datatypes.String ? "1" : 1 };
}

describe("a glimpse of a payload", () => {
  test("finds time, sequence and delivery numbers among any metrics", () => {
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 20 }),
        fc.array(sample, { maxLength: 20 }),
        fc.maxSafeNat(),
        fc.maxSafeNat(),
        fc.integer({ min: 0, max: 255 }),
        fc.boolean(),
        (before, after, epoch, sequence, seq, byName) => {
          const number = (name: string, alias: number, value: number): Metric => ({
            ...(byName ? { name } : { alias }),
            datatype: datatypes.UInt64,
            value,
          });
          const metrics = [
            ...before.map(metric),
            number("Delivery/Epoch", 1, epoch),
            number("Delivery/Sequence", 2, sequence),
            ...after.map(metric),
          ];
          const bytes = encodePayload({ timestampMs: 1_795_000_000_123, seq, metrics });
          expect(peekPayload(bytes, byName ? none : aliases)).toEqual({
            timestampMs: 1_795_000_000_123,
            seq,
            metrics: metrics.length,
            epoch,
            sequence,
          });
        },
      ),
    );
  });

  test("of bytes that are no payload is a glimpse or a RangeError, never another one", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const refusal = outcomeOf(() => peekPayload(bytes, aliases));
        expect(refusal === undefined || refusal instanceof RangeError).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

function outcomeOf(perform: () => void): unknown {
  try {
    perform();
    return undefined;
  } catch (error) {
    return error;
  }
}
