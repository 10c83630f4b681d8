import { dataLengthOf, type Pdu, type ReadPdu } from "./pdu.ts";

/**
 * Keeps the late replies of RTU devices from being taken for the answer to another request. A reply
 * tells no more than its function code and its length; but a device answers in turn. So after a
 * timeout the next thing asked of that unit is a read whose answer has another length than any that
 * may still be on its way: once it has come, all before it have passed.
 */
export class Fence {
  /** Shapes of the answers that never came, by unit. */
  readonly #missing = new Map<number, Set<string>>();

  timedOut(unit: number, pdu: Pdu): void {
    const shapes = this.#missing.get(unit) ?? new Set();
    shapes.add(shapeOf(pdu));
    this.#missing.set(unit, shapes);
  }

  /** What has to be asked before a request to this unit, if anything has. */
  probeBefore(unit: number, pdu: Pdu): ReadPdu | undefined {
    const shapes = this.#missing.get(unit);
    if (shapes === undefined) return undefined;
    const near = readNear(pdu);
    const smaller = Array.from({ length: near.count - 1 }, (_, less) => near.count - 1 - less);
    // Beyond the request only if nothing else is left: there may be no such address.
    const counts =
      near.functionCode <= 2 ? [1, 9, 17, 25] : [...smaller, near.count + 1, near.count + 2];
    const probes = counts
      .filter((count) => near.first + count <= 65_536 && count <= 125)
      .map((count) => ({ ...near, count }));
    const probe = probes.find((one) => !shapes.has(shapeOf(one)));
    if (probe !== undefined) return probe;
    // Every shape is out already: so many timeouts are long past.
    this.#missing.delete(unit);
    return undefined;
  }

  /** The probe was answered. */
  passed(unit: number): void {
    this.#missing.delete(unit);
  }
}

function shapeOf(pdu: Pdu): string {
  return `${pdu.functionCode}/${dataLengthOf(pdu)}`;
}

/** A read of what a request reads or writes. */
function readNear(pdu: Pdu): ReadPdu {
  const { first } = pdu;
  switch (pdu.functionCode) {
    case 1:
    case 2:
    case 3:
    case 4:
      return pdu;
    case 5:
    case 15:
      return { functionCode: 1, first, count: 1 };
    case 22:
      return { functionCode: 3, first, count: 1 };
    case 6:
    case 16:
    case 23:
      return { functionCode: 3, first, count: pdu.registers.length / 2 };
  }
}
