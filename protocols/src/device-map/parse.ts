import type { Finding } from "../yaml/explain-issue.ts";
import { parseYaml, type YamlProblem } from "../yaml/parse-yaml.ts";
import { checkDeviceMap } from "./checks.ts";
import { deviceMap, type DeviceMap } from "./schema.ts";

export { formatProblem, type YamlProblem as MapProblem } from "../yaml/parse-yaml.ts";

export type ParsedMap =
  | { readonly map: DeviceMap; readonly problems?: undefined }
  | { readonly map?: undefined; readonly problems: readonly YamlProblem[] };

/** `furtherChecks`: what must hold of a map where it is used, beside what every map must keep. */
export function parseDeviceMap(
  text: string,
  file: string,
  furtherChecks: (map: DeviceMap) => readonly Finding[] = () => [],
): ParsedMap {
  const parsed = parseYaml(text, file, deviceMap, (map) => [
    ...checkDeviceMap(map),
    ...furtherChecks(map),
  ]);
  return parsed.problems === undefined ? { map: parsed.value } : parsed;
}
