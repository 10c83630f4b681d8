import {
  formatModbusAddress,
  modbusAddressAllowed,
  parseModbusAddress,
} from "@only-mes/protocols/device-map/addresses";
import type { ModbusDevice } from "@only-mes/protocols/device-map/schema";
import type { InspectAnswer, InspectAsk } from "@only-mes/protocols/inspection/messages";
import { isBitTable } from "../../drivers/modbus/address.ts";
import type { Buses } from "../../drivers/modbus/bus.ts";
import { ModbusProbe, type Probed, type ProbeRange } from "../../drivers/modbus/probe.ts";
import { CallError, OutOfReach } from "../command.ts";
import { longTypes, meaningsOf, shortTypes, type Meaning } from "../register-views.ts";
import { toldValue } from "./told-value.ts";

type ProbeAsk = Extract<InspectAsk, { kind: "probe" }>;
type ProbeAnswer = Extract<InspectAnswer, { kind: "probe" }>;

/** In its turn on the connection that the driver has, if there is one. */
export async function probeFor(
  ask: ProbeAsk,
  device: ModbusDevice,
  buses: Buses,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const range = rangeOf(ask, device);
  const probe = new ModbusProbe(device, buses);
  const leave = () => probe.close();
  signal.addEventListener("abort", leave, { once: true });
  try {
    const probed = await probe.read(range);
    const { id } = ask;
    return { id, isAnswered: true, kind: "probe", ...told(ask, device, range, probed) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OutOfReach(`${device.endpoint}, unit ${device.unitId}: ${why}`, { cause: error });
  } finally {
    signal.removeEventListener("abort", leave);
    leave();
  }
}

function rangeOf({ address: text, count }: ProbeAsk, device: ModbusDevice): ProbeRange {
  const address = parseModbusAddress(text, device.addressBase);
  if (address === undefined || address.bit !== undefined || address.offset + count > 65_536) {
    throw new CallError(`address: "${text}" is none to probe (allowed: ${modbusAddressAllowed})`);
  }
  return { table: address.table, first: address.offset, count };
}

function told(
  { types }: ProbeAsk,
  { addressBase }: ModbusDevice,
  { table, first, count }: ProbeRange,
  { bytes, refused }: Probed,
): Pick<ProbeAnswer, "addresses" | "raw" | "refused" | "meanings"> {
  const isBits = isBitTable(table);
  const places = Array.from({ length: count }, (_, at) => at);
  const addressAt = (at: number) =>
    formatModbusAddress({ table, offset: first + at + addressBase });
  const rawAt = (at: number) => (isBits ? bytes[at] === 1 : bytes.readUInt16BE(at * 2));
  const asked = [...shortTypes, ...longTypes].filter(
    (type) => types.length === 0 || types.includes(type),
  );
  return {
    addresses: places.map(addressAt),
    raw: places.map((at) => (refused.has(at) ? null : rawAt(at))),
    refused: [...refused].map(([at, why]) => ({ address: addressAt(at), why })),
    meanings: isBits
      ? []
      : asked.flatMap((type) => {
          const byOrder = Map.groupBy(meaningsOf(bytes, type), ({ order }) => order);
          return [...byOrder].map(([order, meanings]) => column(type, order, meanings, refused));
        }),
  };
}

/** A value of which a register was refused is none. */
function column(
  type: Meaning["type"],
  order: Meaning["order"],
  meanings: readonly Meaning[],
  refused: Probed["refused"],
): ProbeAnswer["meanings"][number] {
  const width = meanings[0]?.registers ?? 1;
  const isWhole = ({ at }: Meaning) =>
    Array.from({ length: width }, (_, next) => at + next).every((one) => !refused.has(one));
  return {
    type,
    order,
    values: meanings.map((one) => (isWhole(one) ? toldValue(one.value) : null)),
    likely: meanings.filter((one) => one.isLikely && isWhole(one)).map(({ at }) => at),
  };
}
