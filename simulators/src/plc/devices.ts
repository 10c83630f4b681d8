/** The devices of the lakeside plant, as its device map names them. */
export const deviceIds = ["bottling-plc", "bottling-meter", "press-a", "press-b"] as const;

export type DeviceId = (typeof deviceIds)[number];
