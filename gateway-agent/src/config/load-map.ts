import { readFileSync } from "node:fs";
import { formatProblem, parseDeviceMap } from "@only-mes/protocols/device-map/parse";
import { device, type DeviceMap } from "@only-mes/protocols/device-map/schema";
import type { DeployedMapFile } from "../maps/deployed-map.ts";
import type { MapInForce } from "../maps/map-keeper.ts";
import { digestOf } from "../maps/read-map.ts";
import { OptionError } from "./options.ts";

/**
 * The map that a gateway begins with: the one that the server has deployed, if one is kept and it is
 * of the gateway that the file names; else the file. `setAside` says why a kept one is not used.
 *
 * @throws {OptionError} if the file is needed, and has a problem.
 */
export function loadMapInForce(
  file: string,
  endpoints: ReadonlyMap<string, string>,
  deployed: DeployedMapFile | undefined,
): MapInForce & { readonly setAside?: string } {
  const kept = deployed?.read();
  if (kept === undefined || deployed === undefined) return mapOfFile(file, endpoints);
  const { map, problems } = parseDeviceMap(kept.text, deployed.path);
  if (map === undefined) {
    const [first] = problems;
    const why = first === undefined ? "it has a problem" : formatProblem(first);
    return { ...mapOfFile(file, endpoints), setAside: why };
  }
  const ofFile = identityOf(file);
  if (ofFile !== undefined && ofFile !== `${map.site}/${map.gateway}`) {
    const setAside = `${deployed.path} is of ${map.site}/${map.gateway}, and ${file} of ${ofFile}`;
    return { ...mapOfFile(file, endpoints), setAside };
  }
  const known = new Map([...endpoints].filter(([id]) => map.devices.some((one) => one.id === id)));
  return { map: withEndpoints(map, known), digest: digestOf(kept.text), revision: kept.revision };
}

/**
 * The Sparkplug edge node that this process is, and the length of its lease if others share the map.
 *
 * @throws {OptionError} if map and options do not go together.
 */
export function membershipOf(
  { gateway, redundancy }: DeviceMap,
  { member, primaryHost }: { member: string | undefined; primaryHost: string | undefined },
): { readonly edgeNode: string; readonly leaseMs: number | undefined } {
  if (redundancy === undefined) {
    if (member === undefined) return { edgeNode: gateway, leaseMs: undefined };
    throw new OptionError(`--member ${member}: the map has no redundancy (allowed: no --member)`);
  }
  const { members, leaseMs } = redundancy;
  if (member === undefined || !members.includes(member)) {
    const given = member === undefined ? "--member is missing" : `--member ${member}`;
    throw new OptionError(
      `${given}: which of the map's members is this process (allowed: ${members.join(", ")})`,
    );
  }
  if (primaryHost === undefined) {
    throw new OptionError(
      "--primary-host none: members of a redundant gateway need a host that grants the lease",
    );
  }
  return { edgeNode: member, leaseMs };
}

function mapOfFile(file: string, endpoints: ReadonlyMap<string, string>): MapInForce {
  const digest = digestOf(readText(file));
  return { map: loadMap(file, endpoints), digest, revision: undefined };
}

/** `undefined` if the file is no device map: a deployed one does not need it. */
function identityOf(file: string): string | undefined {
  try {
    const { map } = parseDeviceMap(readFileSync(file, "utf8"), file);
    return map === undefined ? undefined : `${map.site}/${map.gateway}`;
  } catch {
    return undefined;
  }
}

/** Every problem of the map is a line of the message. @throws {OptionError} */
export function loadMap(file: string, endpoints: ReadonlyMap<string, string>): DeviceMap {
  const { map, problems } = parseDeviceMap(readText(file), file);
  if (map === undefined) {
    throw new OptionError(problems.map((problem) => formatProblem(problem)).join("\n"));
  }
  return withEndpoints(map, endpoints);
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OptionError(`--map ${file} cannot be read: ${why}`, { cause: error });
  }
}

function withEndpoints(map: DeviceMap, endpoints: ReadonlyMap<string, string>): DeviceMap {
  const unknown = [...endpoints.keys()].find((id) => !map.devices.some((d) => d.id === id));
  if (unknown !== undefined) {
    const known = map.devices.map(({ id }) => id).join(", ");
    throw new OptionError(
      `--endpoint ${unknown}=…: the map has no such device (allowed: ${known})`,
    );
  }
  return {
    ...map,
    devices: map.devices.map((one) => {
      const endpoint = endpoints.get(one.id);
      if (endpoint === undefined) return one;
      const changed = device.safeParse({ ...one, endpoint });
      if (changed.success) return changed.data;
      const why = changed.error.issues.map(({ message }) => message).join("; ");
      throw new OptionError(`--endpoint ${one.id}=${endpoint}: ${why}`);
    }),
  };
}
