import { dataLengthOf, type Answer, type Pdu, type ReadPdu } from "./pdu.ts";

/** No device server holds an answer back for longer, in milliseconds. */
const forgottenAfterMs = 30_000;

/**
 * Keeps the late replies of RTU devices from being taken for the answer to another request. A reply
 * tells no more than its function code and its length; but a device answers in turn. So after a
 * timeout the next thing asked of that unit is a read whose answer has another shape than any that
 * may still be on its way: once it has come, all before it have passed.
 */
export class Fence {
  readonly #now: () => number;
  /** Answers that never came, by unit: what was asked, and when that was given up. */
  readonly #missing = new Map<number, { pdu: Pdu; sinceMs: number }[]>();

  constructor(now: () => number) {
    this.#now = now;
  }

  timedOut(unit: number, pdu: Pdu): void {
    this.#missing.set(unit, [...this.#missingOf(unit), { pdu, sinceMs: this.#now() }]);
  }

  /** What has to be asked before a request to this unit, if anything has. */
  probeBefore(unit: number, pdu: Pdu): ReadPdu | undefined {
    const missing = this.#missingOf(unit);
    if (missing.length === 0) return undefined;
    const shapes = new Set(missing.map((one) => shapeOf(one.pdu)));
    return probesNear(pdu).find((probe) => !shapes.has(shapeOf(probe)));
  }

  /**
   * The probe was answered. An exception has the same shape whatever was asked: it tells nothing if
   * that of another request may be on its way.
   * @returns whether nothing late is on its way any more.
   */
  answered(unit: number, probe: ReadPdu, answer: Answer["kind"]): boolean {
    const isTelling =
      answer === "values" ||
      this.#missingOf(unit).every(({ pdu }) => pdu.functionCode !== probe.functionCode);
    if (isTelling) this.#missing.delete(unit);
    else this.timedOut(unit, probe);
    return isTelling;
  }

  #missingOf(unit: number): { pdu: Pdu; sinceMs: number }[] {
    const since = this.#now() - forgottenAfterMs;
    return this.#missing.get(unit)?.filter(({ sinceMs }) => sinceMs >= since) ?? [];
  }
}

function shapeOf(pdu: Pdu): string {
  return `${pdu.functionCode}/${dataLengthOf(pdu)}`;
}

/** Reads about a request, those first that the device can surely answer. */
function probesNear(pdu: Pdu): ReadPdu[] {
  const near = readNear(pdu);
  const { functionCode, first, count } = near;
  const others = ([3, 4, 1, 2] as const).filter((other) => other !== functionCode);
  const step = functionCode <= 2 ? 8 : 1;
  const least = functionCode <= 2 ? 1 : 0;
  const sizes = Array.from({ length: 124 }, (_, index) => least + (index + 1 - least) * step);
  const sized = sizes.map((size): ReadPdu => ({ functionCode, first, count: size }));
  const larger = sized.filter((probe) => probe.count > count);
  return [
    ...sized.filter((probe) => probe.count < count).reverse(),
    ...larger.slice(0, 2),
    ...others.map((other): ReadPdu => ({ functionCode: other, first, count: 1 })),
    ...larger.slice(2),
  ].filter((probe) => first + probe.count <= 65_536);
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
