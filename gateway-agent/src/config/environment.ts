/** The environment that options may come from; nothing else reads it. */
export function environment(): Readonly<Record<string, string | undefined>> {
  const { MQTT_URL } = process.env;
  return { MQTT_URL };
}

/** A secret that a device map names by the variable it is in. */
export function environmentVariable(name: string): string | undefined {
  return process.env[name];
}
