import { parseDeviceMap, formatProblem } from "@only-mes/protocols/device-map/parse";
import { diffDeviceMaps, formatMapDiff } from "@only-mes/protocols/device-map/diff";
import type { DeviceMap } from "@only-mes/protocols/device-map/schema";
import {
  mapState,
  readGatewayMessage,
  type MapDeploy,
  type MapState,
} from "@only-mes/protocols/gateway/messages";
import { formatGatewayTopic, type GatewayTopic } from "@only-mes/protocols/gateway/topics";
import type { Pool, PoolClient } from "pg";
import type { Logger } from "pino";
import { insertGatewayMap } from "../store/insertGatewayMap.ts";
import { readGatewayMap, type GatewayMapRow } from "../store/readGatewayMap.ts";
import { saveGatewayMember } from "../store/saveGatewayMember.ts";
import { transaction } from "../store/transaction.ts";

export interface MapDeploymentsParts {
  pool: Pool;
  log: Logger;
  say: (topic: string, message: unknown) => void;
  wallMs: () => number;
}

/** What became of a map that somebody wants to deploy. */
type Deployed =
  | { kind: "deployed" | "unchanged" | "dryRun"; revision: number; diff: string[] }
  | { kind: "refused"; problems: string[] }
  /** Somebody else has deployed since; `revision` is the present one. */
  | { kind: "overtaken"; revision: number };

export interface WantedMap {
  site: string;
  gateway: string;
  text: string;
  note: string;
  /** The revision that it was made from; 0 for the first. Absent: whatever is there. */
  expectedRevision?: number | undefined;
  isDryRun: boolean;
}

/** Brings device maps to gateways, and hears what became of them. */
export interface MapDeployments {
  /** Validated before it is kept, kept before it is sent. */
  deploy(wanted: WantedMap): Promise<Deployed>;
  /** A member says which map is in force: it gets the newest, if that is another. */
  stateHeard(of: GatewayTopic, payload: Uint8Array): Promise<void>;
}

export function mapDeployments({ pool, log, say, wallMs }: MapDeploymentsParts): MapDeployments {
  const send = (to: Omit<GatewayTopic, "kind">, { revision, text }: MapDeploy): void => {
    say(formatGatewayTopic({ ...to, kind: "mapDeploy" }), { revision, text } satisfies MapDeploy);
  };

  return {
    async deploy(wanted) {
      const { site, gateway, text } = wanted;
      const { map, problems } = readFor(wanted);
      if (map === undefined) return { kind: "refused", problems };
      const deployed = await transaction(pool, (tx) => keep(tx, wanted, map, wallMs()));
      if (deployed.kind !== "deployed") return deployed;
      const { revision } = deployed;
      log.info({ gateway: `${site}/${gateway}`, revision }, "a device map is deployed");
      for (const member of map.redundancy?.members ?? [gateway]) {
        send({ site, gateway, member }, { revision, text });
      }
      return deployed;
    },
    async stateHeard(of, payload) {
      const state = readGatewayMessage(mapState, payload);
      if (state === undefined) return;
      const { member } = of;
      const gateway = `${of.site}/${of.gateway}`;
      await saveGatewayMember(pool, { gateway, member, state, atMs: wallMs() });
      const newest = await readGatewayMap(pool, gateway);
      if (newest !== undefined && isWantedBy(state, newest)) send(of, newest);
    },
  };
}

/** What it has refused it gets again only when it begins anew. */
function isWantedBy({ revision, outcome }: MapState, newest: GatewayMapRow): boolean {
  return revision !== newest.revision && outcome?.revision !== newest.revision;
}

function readFor({
  site,
  gateway,
  text,
}: WantedMap): { map: DeviceMap; problems: [] } | { map: undefined; problems: string[] } {
  const { map, problems } = parseDeviceMap(text, "map", (parsed) =>
    (["site", "gateway"] as const).flatMap((field) => {
      const expected = field === "site" ? site : gateway;
      if (parsed[field] === expected) return [];
      return [
        {
          path: [field],
          message: `is "${parsed[field]}", and this is the map of ${site}/${gateway}`,
          allowed: expected,
        },
      ];
    }),
  );
  if (map !== undefined) return { map, problems: [] };
  return { map, problems: problems.map((problem) => formatProblem(problem)) };
}

async function keep(
  tx: PoolClient,
  { site, gateway: name, text, note, expectedRevision, isDryRun }: WantedMap,
  map: DeviceMap,
  atMs: number,
): Promise<Deployed> {
  const gateway = `${site}/${name}`;
  // Two who deploy at once come one after the other.
  await tx.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`gateway_map ${gateway}`]);
  const present = await readGatewayMap(tx, gateway);
  const revision = present?.revision ?? 0;
  if (expectedRevision !== undefined && expectedRevision !== revision) {
    return { kind: "overtaken", revision };
  }
  if (present?.text === text) return { kind: "unchanged", revision, diff: [] };
  const before = present === undefined ? undefined : parseDeviceMap(present.text, "map").map;
  const diff = before === undefined ? [] : formatMapDiff(diffDeviceMaps(before, map));
  if (isDryRun) return { kind: "dryRun", revision, diff };
  return {
    kind: "deployed",
    revision: await insertGatewayMap(tx, { gateway, note, text, atMs }),
    diff,
  };
}
