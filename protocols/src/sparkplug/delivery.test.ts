import fc from "fast-check";
import { expect, test } from "vitest";
import {
  acknowledgedRangesMax,
  formatAcknowledgement,
  parseAcknowledgement,
  type SequenceRange,
} from "./delivery.ts";

const rangesOf = fc
  .array(fc.record({ gap: fc.integer({ min: 1, max: 9 }), length: fc.nat({ max: 9 }) }), {
    maxLength: 40,
  })
  .map((spans) => {
    let at = 0;
    return spans.map(({ gap, length }): SequenceRange => {
      const first = at + gap;
      at = first + length + 1;
      return [first, first + length];
    });
  });

test("an acknowledgement is read as it was written", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), rangesOf, (epoch, ranges) => {
      expect(parseAcknowledgement(formatAcknowledgement({ epoch, ranges }))).toEqual({
        epoch,
        ranges,
      });
    }),
    { seed: 1 },
  );
});

test("of too many ranges the newest are kept", () => {
  const ranges = Array.from({ length: 300 }, (_, at): SequenceRange => [at * 10, at * 10 + 1]);
  const read = parseAcknowledgement(formatAcknowledgement({ epoch: 1, ranges })).ranges;
  expect(read).toEqual(ranges.slice(-acknowledgedRangesMax));
});

test.for([
  "",
  "1",
  "1:a",
  "x:1-2",
  "1:2-1",
  "1:1-5,4-9",
  "1:1-5,5-9",
  "1:1-2;3-4",
  "1: 1-2",
  "-1:1-2",
])("%s is refused", (text) => {
  expect(() => parseAcknowledgement(text)).toThrow(RangeError);
});
