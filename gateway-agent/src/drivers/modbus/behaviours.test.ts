import { modbusDevice } from "@only-mes/protocols/device-map/schema";
import { plantClock } from "@only-mes/protocols/plant/clock";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { startModbusPlc } from "../../../tests/modbus-plc.ts";
import { RecordingSink } from "../../../tests/recording-sink.ts";
import { startRtuBus } from "../../../tests/rtu-bus.ts";
import { hasSocat, startSerialLine } from "../../../tests/serial-line.ts";
import type { Wire } from "../../../tests/wire.ts";
import type { Driver } from "../contract.ts";
import { modbusDriver } from "./connection.ts";

/** A device of any transport, behind a wire that can be broken. */
interface Rig {
  readonly endpoint: string;
  readonly wire: Wire;
  readonly registers: Buffer;
  refuse(exception: (first: number, count: number) => number | undefined): void;
  /** Makes a reply one of another unit. */
  ofAnotherUnit(reply: Buffer): Buffer;
  close(): Promise<void>;
}

/** Far apart, so that each is a request of its own, and all of the same shape. */
const places = [10, 300, 600, 900];
const within = { timeout: 20_000, interval: 5 };

describeBehaviours("Modbus TCP", async () => {
  const plc = await startModbusPlc();
  return {
    endpoint: plc.endpoint,
    wire: plc.wire,
    registers: plc.registers,
    refuse: (exception) => (plc.refuse = exception),
    ofAnotherUnit: (reply) => Buffer.from(reply).fill(99, 6, 7),
    close: async () => plc.close(),
  };
});

describeBehaviours("RTU over TCP", async () => {
  const bus = await startRtuBus(1);
  return { ...overRtu(bus), wire: bus.wire, close: async () => bus.close() };
});

if (hasSocat()) {
  describeBehaviours("serial RTU", async () => {
    const line = await startSerialLine(1);
    return { ...overRtu(line), wire: line.wire, close: async () => line.close() };
  });
}

function overRtu(
  bus: Awaited<ReturnType<typeof startSerialLine>> | Awaited<ReturnType<typeof startRtuBus>>,
) {
  return {
    endpoint: bus.endpoint,
    registers: bus.units.get(1)?.registers ?? Buffer.alloc(0),
    refuse: (exception: (first: number, count: number) => number | undefined) => {
      bus.refuse = ({ first, count }) => exception(first, count);
    },
    // Its CRC is wrong then, as that of a collision is.
    ofAnotherUnit: (reply: Buffer) => Buffer.from(reply).fill(99, 0, 1),
  };
}

function describeBehaviours(transport: string, startRig: () => Promise<Rig>): void {
  describe(`a device that misbehaves, over ${transport}`, () => {
    let rig: Rig;
    let sink: RecordingSink;
    let driver: Driver;
    let generation = 0;

    /** Each value tells where it belongs, and how new it is: half of another one would be seen. */
    const turn = () => {
      generation += 1;
      for (const place of places) {
        rig.registers.writeUInt16BE(place, place * 2);
        rig.registers.writeUInt16BE(generation, place * 2 + 2);
      }
    };
    const values = () =>
      sink.events.flatMap((event) =>
        event.kind === "readings" || event.kind === "connected" ? event.readings : [],
      );
    const wrong = () => {
      const newest = places.map(() => 0);
      return values().filter(({ tag, value }) => {
        if (value === null) return false;
        const [place, age] = [Math.floor(Number(value) / 65_536), Number(value) % 65_536];
        const isRight = place === places[tag] && age >= (newest[tag] ?? 0) && age <= generation;
        newest[tag] = age;
        return !isRight;
      });
    };
    /** Waits until every tag shows what the device has now. @returns readings that were wrong. */
    const recovered = async (what: string) => {
      const from = performance.now();
      turn();
      await vi.waitFor(() => {
        const shown = places.map((_, tag) => sink.value(tag));
        expect(shown).toEqual(places.map((place) => place * 65_536 + generation));
      }, within);
      const ms = (performance.now() - from).toFixed(0);
      process.stdout.write(`${transport}: ${what}: all values right again after ${ms} ms\n`);
      return wrong();
    };

    const started = async () => {
      sink = new RecordingSink();
      driver = modbusDriver({
        device: modbusDevice.parse({
          id: "plc",
          driver: "modbus",
          endpoint: rig.endpoint,
          line: "line",
          periodMs: 20,
          timeoutMs: 250,
          maxGap: 0,
          tags: places.map((place) => ({
            signal: `unit/s${place}`,
            address: `holding:${place}`,
            type: "uint32",
          })),
        }),
        clock: plantClock(),
        sink,
        dataDir: "",
        random: () => 0.5,
      });
      driver.start();
      await vi.waitFor(() => expect(sink.isConnected).toBe(true), within);
    };

    beforeEach(async () => {
      rig = await startRig();
      turn();
    });
    afterEach(async () => {
      vi.useRealTimers();
      await driver.stop();
      await rig.close();
    });

    test("drops every third reply", async () => {
      await started();
      let replies = 0;
      rig.wire.mangle((chunk) => ((replies += 1) % 3 === 0 ? [] : [chunk]));
      expect(await recovered("dropping every third reply")).toEqual([]);
      await vi.waitFor(() => expect(replies).toBeGreaterThan(12), within);
      expect(await recovered("still dropping every third reply")).toEqual([]);
    });

    test("answers late, again and again", async () => {
      await started();
      const held: Buffer[] = [];
      let replies = 0;
      rig.wire.mangle((chunk) => {
        replies += 1;
        if (replies % 4 === 0) {
          held.push(chunk);
          return [];
        }
        return [...held.splice(0), chunk];
      });
      await vi.waitFor(() => expect(replies).toBeGreaterThan(16), within);
      rig.wire.mangle(undefined);
      expect(await recovered("late replies")).toEqual([]);
    });

    test("answers as another unit", async () => {
      await started();
      let replies = 0;
      rig.wire.mangle((chunk) => {
        replies += 1;
        return [replies === 2 ? rig.ofAnotherUnit(chunk) : chunk];
      });
      await vi.waitFor(() => expect(sink.count("failed")).toBeGreaterThan(0), within);
      expect(await recovered("a reply of another unit")).toEqual([]);
    });

    test("resets its connections", async () => {
      await started();
      rig.wire.reset();
      expect(await recovered("a reset")).toEqual([]);
    });

    test("is half open: it says nothing, and the connection stands", async () => {
      await started();
      rig.wire.blackHole(true);
      await vi.waitFor(() => expect(sink.count("lost")).toBe(1), within);
      rig.wire.blackHole(false);
      expect(await recovered("half open")).toEqual([]);
    });

    test("refuses one register with exception 2", async () => {
      await started();
      rig.refuse((first, count) => (first <= 600 && first + count > 600 ? 2 : undefined));
      await vi.waitFor(() => expect(sink.value(2)).toBeNull(), within);
      turn();
      await vi.waitFor(() => {
        const shown = [0, 1, 3].map((tag) => sink.value(tag));
        expect(shown).toEqual([10, 300, 900].map((place) => place * 65_536 + generation));
      }, within);
      expect(sink.errors().at(-1)).toMatchObject({ exception: 2, address: "holding:600-601" });
      expect(wrong()).toEqual([]);
    });

    test.for([
      [11, "failed to respond"],
      [6, "busy"],
    ] as const)("answers exception %i: %s", async ([exception]) => {
      await started();
      let refused = 0;
      rig.refuse(() => {
        refused += 1;
        return exception;
      });
      await vi.waitFor(() => expect(refused).toBeGreaterThan(3), within);
      rig.refuse(() => undefined);
      expect(await recovered(`exception ${exception}`)).toEqual([]);
    });

    test("its cable is pulled for 60 s", async () => {
      // The seconds are those of the driver's timers; the bytes go over the real wire all the same.
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
      const pass = async (ms: number) => {
        for (let passed = 0; passed < ms; passed += 50) {
          await vi.advanceTimersByTimeAsync(50);
          await breath();
        }
      };
      await started();
      rig.wire.blackHole(true);
      await pass(60_000);
      expect(sink.count("lost")).toBe(1);
      expect(sink.isConnected).toBe(false);
      rig.wire.blackHole(false);
      expect(await recovered("cable pulled for 60 s")).toEqual([]);
      expect(sink.count("connected")).toBe(2);
    });
  });
}

/** Time for the sockets of this process: some turns of its event loop. */
async function breath(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) {
    const { promise, resolve } = Promise.withResolvers<void>();
    setImmediate(resolve);
    await promise;
  }
}
