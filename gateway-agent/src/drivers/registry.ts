import type { Device } from "@only-mes/protocols/device-map/schema";
import type { Driver, DriverOptions } from "./contract.ts";
import { Buses } from "./modbus/bus.ts";

type DriverName = Device["driver"];
type DeviceOf<Name extends DriverName> = Extract<Device, { driver: Name }>;

type DriverTable = {
  [Name in DriverName]: () => Promise<
    (options: DriverOptions<DeviceOf<Name>>, buses?: Buses) => Driver
  >;
};

/** Every driver, by its name in a device map; loaded when the map has such a device. */
const drivers = {
  modbus: async () => (await import("./modbus/connection.ts")).modbusDriver,
  opcua: async () => (await import("./opcua/connection.ts")).opcuaDriver,
} satisfies DriverTable;

/** Makes the drivers of one gateway: Modbus devices with one endpoint share a connection. */
export function driverFactory(
  buses = new Buses(),
): (options: DriverOptions<Device>) => Promise<Driver> {
  return async ({ device, ...rest }) => {
    switch (device.driver) {
      case "modbus":
        return (await drivers.modbus())({ ...rest, device }, buses);
      case "opcua":
        return (await drivers.opcua())({ ...rest, device });
    }
  };
}
