import { isCounterRole } from "../plant/signal.ts";
import { parseModbusAddress } from "./addresses.ts";
import type { Finding } from "../yaml/explain-issue.ts";
import type { Device, Tag } from "./schema.ts";

/** A tag that hosts may write to: an address that can be written, and limits that make sense. */
export function checkWrite(device: Device, tag: Tag, path: readonly PropertyKey[]): Finding[] {
  const { write } = tag;
  if (write === undefined) return [];
  const at = [...path, "write"];
  const { min, max, values } = write;
  const findings: Finding[] = [];
  const table =
    device.driver === "modbus"
      ? parseModbusAddress(tag.address, device.addressBase)?.table
      : undefined;
  if (table === "input" || table === "discrete") {
    findings.push({
      path: at,
      message: `${tag.address} can only be read`,
      allowed: "write with holding: and coil: only",
    });
  }
  if (isCounterRole(tag.role)) {
    findings.push({
      path: at,
      message: `write of a ${tag.role}: what was produced is the machine's own word`,
      allowed: "write with other roles only",
    });
  }
  const hasRange = min !== undefined || max !== undefined;
  if (isNumber(tag)) {
    if (values === undefined && (min === undefined || max === undefined)) {
      findings.push({
        path: at,
        message: "a number that may be written without limits",
        allowed: "min and max, or values",
      });
    }
  } else if (hasRange) {
    findings.push({
      path: at,
      message: "min and max of what is no number",
      allowed: "values, or nothing",
    });
  }
  if (min !== undefined && max !== undefined && min > max) {
    findings.push({ path: at, message: `min ${min} is above max ${max}`, allowed: "min <= max" });
  }
  values?.forEach((value, index) => {
    const wanted = wantedType(tag);
    if (wanted === undefined || typeof value === wanted) return;
    findings.push({
      path: [...at, "values", index],
      message: `is ${JSON.stringify(value)}`,
      allowed: `a ${wanted}`,
    });
  });
  return findings;
}

function isNumber(tag: Tag): boolean {
  if (tag.type !== undefined) return tag.type !== "bool" && tag.type !== "string";
  return tag.role !== "status" && tag.role !== "text";
}

function wantedType({ type }: Tag): "boolean" | "string" | "number" | undefined {
  if (type === undefined) return undefined;
  if (type === "bool") return "boolean";
  return type === "string" ? "string" : "number";
}
