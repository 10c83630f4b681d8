import { modbusAddressAllowed, parseModbusAddress } from "@only-mes/protocols/device-map/addresses";
import {
  valueTypes,
  type ModbusDevice,
  type ValueType,
} from "@only-mes/protocols/device-map/schema";
import { isBitTable } from "../drivers/modbus/address.ts";
import { ModbusProbe, type Probed, type ProbeRange } from "../drivers/modbus/probe.ts";
import {
  CallError,
  OutOfReach,
  type Call,
  type Command,
  type Outcome,
  type Terminal,
} from "./command.ts";
import { probedJson, probedText } from "./probed-text.ts";
import { longTypes, shortTypes } from "./register-views.ts";
import { draw, pause, roundOptions, roundsOf } from "./rounds.ts";
import { modbusTarget } from "./target.ts";

const registersMax = 125;
const bitsMax = 2000;

export const probe: Command = {
  summary: "Shows what is in a range of Modbus registers, under every type and byte order.",
  takes: "<endpoint> <address>, or <device map> [<device>] <address>",
  argumentsMin: 2,
  argumentsMax: 3,
  options: {
    count: { value: "<n>", help: `registers or bits, up to ${registersMax} or ${bitsMax} (8)` },
    unit: { value: "<0-255>", help: "unit id (1, or the map's)" },
    type: { value: "<type>", repeated: true, help: "this type only" },
    all: { help: "64 bits and BCD too, in all their orders" },
    likely: { help: "only the places that look like a value in some order" },
    timeout: { value: "<ms>", help: "how long an answer may take (1000, or the map's)" },
    ...roundOptions,
  },
  notes: `An address is ${modbusAddressAllowed}.
Each long value is shown in every byte order; * marks those that look like what a machine says.
Watch a value that you know (a temperature, a count) with --live: its row and order are the ones for
the map. A register that the device refuses is shown with what it answered; the others are read.
It opens a connection of its own, and only reads.`,
  examples: [
    "probe tcp://192.168.10.21:502 holding:0 --count 20",
    "probe tcp://192.168.10.21:502 input:100 --unit 3 --type float32 --live",
    "probe my-plant.yaml filler-plc holding:10 --count 4",
  ],
  async run(call, terminal) {
    const unitId = call.number("unit", { least: 0, most: 255 });
    const timeoutMs = call.number("timeout", { least: 10, most: 60_000 });
    const { device, rest } = modbusTarget(call.args, {
      ...(unitId !== undefined && { unitId }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    });
    const [address, ...more] = rest;
    if (address === undefined || more.length > 0) {
      throw new CallError(`probe takes ${probe.takes}.`);
    }
    const range = rangeOf(address, device, call);
    return await probeRounds(device, range, call, terminal);
  },
};

function rangeOf(text: string, device: ModbusDevice, call: Call): ProbeRange {
  const address = parseModbusAddress(text, device.addressBase);
  if (address === undefined || address.bit !== undefined) {
    throw new CallError(`"${text}" is no address to probe: allowed is ${modbusAddressAllowed}.`);
  }
  const { table, offset } = address;
  const most = Math.min(isBitTable(table) ? bitsMax : registersMax, 65_536 - offset);
  const count = call.number("count", { least: 1, most }) ?? Math.min(8, most);
  return { table, first: offset, count };
}

async function probeRounds(
  device: ModbusDevice,
  range: ProbeRange,
  call: Call,
  terminal: Terminal,
): Promise<Outcome> {
  const showsRare = call.flag("all") || call.all("type").length > 0;
  const shown = { types: typesOf(call), onlyLikely: call.flag("likely"), showsRare };
  const { everyMs, rounds } = roundsOf(call);
  const asJson = call.flag("json");
  const opened = new ModbusProbe(device);
  const changes = new Map<number, number>();
  let last: Probed | undefined;
  try {
    for (let round = 1; ; round += 1) {
      const probed = await reached(device, () => opened.read(range));
      countChanges(changes, last, probed, isBitTable(range.table) ? 1 : 2);
      last = probed;
      const view = { device, range, probed, changes, ...shown };
      const isLast = round >= rounds;
      const text = asJson ? probedJson(view) : probedText(view, rounds > 1);
      if (isLast) return { output: `${text}\n`, exitCode: isAllRefused(range, probed) ? 1 : 0 };
      if (asJson) terminal.write(`${text}\n`);
      else draw(terminal, text);
      if (!(await pause(everyMs, terminal.stopping))) {
        return { output: "", exitCode: 0 };
      }
    }
  } finally {
    opened.close();
  }
}

function typesOf(call: Call): readonly ValueType[] {
  const asked = call.all("type");
  const known = [...shortTypes, ...longTypes];
  const unknown = asked.find((type) => !known.some((one) => one === type));
  if (unknown !== undefined) {
    throw new CallError(`--type ${unknown}: allowed is ${known.join(", ")}.`);
  }
  return asked.length === 0 ? known : valueTypes.filter((type) => asked.includes(type));
}

async function reached<T>(device: ModbusDevice, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OutOfReach(`${device.endpoint}, unit ${device.unitId}: ${why}`);
  }
}

function countChanges(
  changes: Map<number, number>,
  last: Probed | undefined,
  now: Probed,
  width: 1 | 2,
): void {
  if (last === undefined) return;
  for (let at = 0; at * width < now.bytes.length; at += 1) {
    const from = at * width;
    if (now.bytes.compare(last.bytes, from, from + width, from, from + width) === 0) continue;
    changes.set(at, (changes.get(at) ?? 0) + 1);
  }
}

function isAllRefused({ count }: ProbeRange, { refused }: Probed): boolean {
  return refused.size === count;
}
