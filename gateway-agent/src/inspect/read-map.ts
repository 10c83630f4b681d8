import { readFileSync } from "node:fs";
import { parseDeviceMap, type ParsedMap } from "@only-mes/protocols/device-map/parse";

export type ReadMap =
  | { readonly parsed: ParsedMap; readonly unreadable?: undefined }
  | { readonly unreadable: string };

export function readMap(file: string): ReadMap {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    return { unreadable: error instanceof Error ? error.message : String(error) };
  }
  return { parsed: parseDeviceMap(text, file) };
}
