import type { Behaviour } from "./behaviour.ts";
import type { DeviceId } from "./devices.ts";
import {
  meterRegisters,
  pressRegisters,
  type MeterView,
  type PressView,
} from "./modbus/lakeside-registers.ts";
import { startModbusPlc } from "./modbus/server.ts";
import { bottlingNamespaceUri, bottlingNodes } from "./opcua/bottling-nodes.ts";
import { startOpcuaPlc, type NodeDesign, type OpcuaPlc } from "./opcua/server.ts";

/** The PLCs of the lakeside plant as servers on the loopback address, whatever feeds them. */
export interface LakesideServers {
  /** By device id. */
  readonly endpoints: Record<DeviceId, string>;
  readonly opcua: OpcuaPlc;
  behave(device: DeviceId, ...behaviours: Behaviour[]): Promise<void>;
  close(): Promise<void>;
}

export interface LakesidePorts {
  opcuaPort: number;
  modbusPort: number;
  meterPort: number;
}

export interface LakesideServersOptions extends LakesidePorts {
  stateDir: string;
  /** What they show at the moment they are asked. */
  press: (unit: "press-a" | "press-b") => PressView;
  meter: () => MeterView;
  /** On the OPC UA server, beside those of the bottling line. */
  moreNodes?: readonly NodeDesign[];
}

const unitIds = { pressA: 1, pressB: 2, meter: 3 };

export async function startLakesideServers(
  options: LakesideServersOptions,
): Promise<LakesideServers> {
  const started: { close(): Promise<void> }[] = [];
  const closeAll = async () => {
    await Promise.all(started.map((server) => server.close()));
  };
  const start = async <T extends { close(): Promise<void> }>(
    option: string,
    port: number,
    server: Promise<T>,
  ): Promise<T> => {
    const running = await server.catch(async (error: unknown) => {
      await closeAll();
      throw portError(option, port, error);
    });
    started.push(running);
    return running;
  };
  const { opcuaPort, modbusPort, meterPort, press, meter } = options;
  const opcua = await start(
    "--opcua-port",
    opcuaPort,
    startOpcuaPlc({
      port: opcuaPort,
      namespaceUri: bottlingNamespaceUri,
      nodes: [...bottlingNodes, ...(options.moreNodes ?? [])],
      stateDir: options.stateDir,
    }),
  );
  const presses = await start(
    "--modbus-port",
    modbusPort,
    startModbusPlc({
      port: modbusPort,
      units: new Map([
        [unitIds.pressA, () => pressRegisters(press("press-a"))],
        [unitIds.pressB, () => pressRegisters(press("press-b"))],
      ]),
    }),
  );
  const energyMeter = await start(
    "--meter-port",
    meterPort,
    startModbusPlc({
      port: meterPort,
      units: new Map([[unitIds.meter, () => meterRegisters(meter())]]),
    }),
  );
  const servers = {
    "bottling-plc": opcua,
    "bottling-meter": energyMeter,
    "press-a": presses,
    "press-b": presses,
  };
  return {
    endpoints: {
      "bottling-plc": opcua.url,
      "bottling-meter": energyMeter.url,
      "press-a": presses.url,
      "press-b": presses.url,
    },
    opcua,
    behave: (device, ...behaviours) => servers[device].behave(...behaviours),
    close: closeAll,
  };
}

/** Says which port, and which option chooses another. */
function portError(option: string, port: number, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  const inUse = code === "EADDRINUSE" || message.includes("EADDRINUSE");
  if (!inUse) return error as Error;
  return new Error(
    `port ${port} is in use: choose another with ${option}, 0 is any free port, or end what uses it`,
    { cause: error },
  );
}
