import { opcuaAddressAllowed, parseOpcuaAddress } from "./addresses.ts";
import type { Finding } from "../yaml/explain-issue.ts";
import type { OpcuaDevice, Tag } from "./schema.ts";
import { isModbusOnly } from "./value-types.ts";

type Path = readonly PropertyKey[];

/** Fields of a tag that mean something to OPC UA only. */
export const opcuaFields = ["item", "event", "method"] as const;

const modbusFields = ["order", "length", "fill", "sourceTime"] as const;

export function checkOpcuaTag(tag: Tag, path: Path): Finding[] {
  const findings = foreignFields(tag, modbusFields, path, "belongs to Modbus");
  const address = parseOpcuaAddress(tag.address);
  if (address === undefined) findings.push(noNodeId(tag.address, [...path, "address"]));
  const hasPart = address !== undefined && address.path.length > 0;
  if (tag.event !== undefined) findings.push(...checkEvent(tag, hasPart, path));
  if (tag.method !== undefined) findings.push(...checkMethod(tag, tag.method, hasPart, path));
  if (tag.type !== undefined && isModbusOnly(tag.type)) {
    findings.push({
      path: [...path, "type"],
      message: `type ${tag.type} belongs to Modbus`,
      allowed: "the server's own type, or none",
    });
  }
  const isNumber = tag.type !== "bool" && tag.type !== "string";
  if (tag.item?.deadband !== undefined && !isNumber) {
    findings.push({
      path: [...path, "item", "deadband"],
      message: `deadband of a ${tag.type}`,
      allowed: "deadband with numbers only",
    });
  }
  return findings;
}

/** A field that a tag must not have, because it is one of another protocol. */
export function foreignFields(
  tag: Tag,
  fields: readonly (keyof Tag)[],
  path: Path,
  why: string,
): Finding[] {
  return fields
    .filter((field) => tag[field] !== undefined)
    .map((field) => ({
      path: [...path, field],
      message: `${field} ${why}`,
      allowed: "no such field here",
    }));
}

function checkEvent({ event, item, write }: Tag, hasPart: boolean, path: Path): Finding[] {
  const findings: Finding[] = [];
  if (event !== undefined && !isNodeId(event.type)) {
    findings.push(noNodeId(event.type, [...path, "event", "type"]));
  }
  if (hasPart) findings.push(noPart("an object that tells events", path));
  if (write !== undefined) {
    findings.push({
      path: [...path, "write"],
      message: "write of an event: it is told, not written",
      allowed: "a tag of its own for what is written",
    });
  }
  if (item?.deadband !== undefined || item?.trigger !== undefined) {
    findings.push({
      path: [...path, "item"],
      message: "deadband or trigger of an event: every event is news",
      allowed: "queueSize and discard",
    });
  }
  return findings;
}

function checkMethod(tag: Tag, of: string, hasPart: boolean, path: Path): Finding[] {
  const findings: Finding[] = [];
  if (!isNodeId(of)) findings.push(noNodeId(of, [...path, "method"]));
  if (hasPart) findings.push(noPart("a method", path));
  if (tag.write === undefined) {
    findings.push({
      path: [...path, "method"],
      message: "a method that nobody may call",
      allowed: "write beside it, as for any tag that is written to",
    });
  }
  for (const field of ["event", "item"] as const) {
    if (tag[field] === undefined) continue;
    findings.push({
      path: [...path, field],
      message: `${field} of a method: it is called, not watched`,
      allowed: `a tag of its own for the ${field}`,
    });
  }
  return findings;
}

/** By whom a session is opened: a name with its password, or a certificate with its key, or nobody. */
export function checkOpcuaUser({ user, security }: OpcuaDevice, path: Path): Finding[] {
  if (user === undefined) return [];
  const at = [...path, "user"];
  const { name, passwordFile, passwordEnv, certificateFile, privateKeyFile } = user;
  const byName = name !== undefined;
  if (byName === (certificateFile !== undefined)) {
    const message = byName ? "both a name and a certificate" : "neither a name nor a certificate";
    return [{ path: at, message, allowed: "either name or certificateFile" }];
  }
  if (!byName) {
    const isWhole = privateKeyFile !== undefined && (passwordFile ?? passwordEnv) === undefined;
    if (isWhole) return [];
    const message = "a user by certificate has its private key, and no password";
    return [{ path: at, message, allowed: "certificateFile and privateKeyFile" }];
  }
  if ((passwordFile === undefined) === (passwordEnv === undefined)) {
    const message = "a user by name has one place where the password is";
    return [{ path: at, message, allowed: "either passwordFile or passwordEnv" }];
  }
  if ((security?.mode ?? "None") === "None" && !user.inClear) {
    const message = "without security others on the network could take the password";
    const allowed = "security: { mode: SignAndEncrypt }; or inClear: true, if that is accepted";
    return [{ path: at, message, allowed }];
  }
  return [];
}

function isNodeId(text: string): boolean {
  return parseOpcuaAddress(text)?.path.length === 0;
}

function noNodeId(text: string, path: Path): Finding {
  return { path, message: `"${text}" is no OPC UA NodeId`, allowed: opcuaAddressAllowed };
}

function noPart(what: string, path: Path): Finding {
  return {
    path: [...path, "address"],
    message: `an element or a field of ${what}`,
    allowed: "a NodeId without #",
  };
}
