import { datatypes, encodePayload, type Metric } from "@only-mes/protocols/sparkplug/payload";
import fc from "fast-check";
import { expect, test } from "vitest";
import { readNodeCommands } from "./node-commands.ts";

const read = (...metrics: Metric[]) => readNodeCommands(encodePayload({ metrics }));
const text = (name: string, value: string): Metric => ({ name, datatype: datatypes.String, value });

test("a rebirth is asked for with true, and with nothing else", () => {
  const rebirth = { name: "Node Control/Rebirth", datatype: datatypes.Boolean };
  expect(read({ ...rebirth, value: true })).toEqual([{ kind: "rebirth" }]);
  expect(read({ ...rebirth, value: false })[0]?.kind).toBe("refused");
});

test("tolerated: a rebirth with an alias beside its name, and a seq in the command", () => {
  const metrics: Metric[] = [
    { name: "Node Control/Rebirth", alias: 3, datatype: datatypes.Boolean, value: true },
  ];
  expect(readNodeCommands(encodePayload({ seq: 4, metrics }))).toEqual([{ kind: "rebirth" }]);
});

test("an acknowledgement is read; several commands come in one message", () => {
  expect(read(text("Delivery/Acknowledged", "7:1-3,5-5"), text("Other", "x"))).toEqual([
    {
      kind: "acknowledged",
      acknowledgement: {
        epoch: 7,
        ranges: [
          [1, 3],
          [5, 5],
        ],
      },
    },
    { kind: "refused", why: 'this gateway has no command "Other"' },
  ]);
});

test("whatever the bytes, they are read or refused, and never an error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(Array.isArray(readNodeCommands(bytes))).toBe(true);
    }),
    { seed: 1, numRuns: 3000 },
  );
});
