/** The environment that options may come from; nothing else reads it. */
export function environment(): Readonly<Record<string, string | undefined>> {
  const { MQTT_URL } = process.env;
  return { MQTT_URL };
}
