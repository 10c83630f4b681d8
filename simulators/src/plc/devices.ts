/** The devices of the lakeside plant, as its device map names them. */
export const deviceIds = ["bottling-plc", "bottling-meter", "press-a", "press-b"] as const;

export type DeviceId = (typeof deviceIds)[number];

/** @throws {RangeError} that names the devices there are. */
export function deviceNamed(name: string): DeviceId {
  const device = deviceIds.find((id) => id === name);
  if (device === undefined) {
    throw new RangeError(`there is no PLC "${name}"; there are ${deviceIds.join(", ")}`);
  }
  return device;
}
