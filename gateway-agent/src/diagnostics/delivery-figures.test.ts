import { expect, test } from "vitest";
import { DeliveryFigures } from "./delivery-figures.ts";

const message = (sequence: number, device = "plc-1", samples = 10) => ({
  sequence,
  device,
  samples,
});

test("an age is from the disk to the acknowledgement, for all and for each device", () => {
  const delivery = new DeliveryFigures();
  delivery.stored([message(1), message(2, "plc-2", 1000)], 0);
  delivery.acknowledged([[1, 1]], 8);
  delivery.acknowledged([[1, 2]], 64);
  expect(delivery.statusOf("plc-1", 64).ageMs).toEqual({ p50: 8, p99: 8 });
  expect(delivery.statusOf("plc-2", 64).ageMs).toEqual({ p50: 64, p99: 64 });
  expect(delivery.status(64).ageMs).toEqual({ p50: 64, p99: 64 });
  expect(delivery.statusOf("plc-3", 64).ageMs).toEqual({ p50: null, p99: null });
});

test("what was stored long ago, or by an earlier run, is no present delivery", () => {
  const delivery = new DeliveryFigures();
  delivery.stored([message(1)], 0);
  for (let sequence = 2; sequence <= 10_000; sequence += 1) {
    delivery.stored([message(sequence)], 1);
  }
  delivery.acknowledged(
    [
      [1, 1],
      [900_000, 900_010],
    ],
    500,
  );
  expect(delivery.status(500).ageMs.p50).toBeNull();
  delivery.acknowledged([[0, Number.MAX_SAFE_INTEGER]], 2);
  expect(delivery.status(2).ageMs.p50).toBeNull();
  delivery.acknowledged([[1, 10_000]], 2);
  expect(delivery.status(2).ageMs).toEqual({ p50: 1, p99: 1 });
});
