import { nodesPerRequestUnknown } from "./plan.ts";

/** What servers of a make can do; as data, since they do not tell it themselves. */
export interface ServerProfile {
  readonly name: "unknown" | "s7-1200" | "s7-1500";
  /** How the server names itself in its BuildInfo. */
  readonly namedLike?: RegExp;
  /** Monitored items that it bears; those beyond are polled. */
  readonly itemsMax: number;
  /** Nodes in one request where it tells no limit of its own. */
  readonly nodesPerRequest: number;
  /** Whether it takes a filter at all: S7-1200 refuses every DataChangeFilter. */
  readonly takesFilters: boolean;
}

const unknown: ServerProfile = {
  name: "unknown",
  itemsMax: Number.POSITIVE_INFINITY,
  nodesPerRequest: nodesPerRequestUnknown,
  takesFilters: true,
};

const profiles: readonly ServerProfile[] = [
  {
    name: "s7-1200",
    namedLike: /\bS7-?1200\b/i,
    itemsMax: 1000,
    nodesPerRequest: 100,
    takesFilters: false,
  },
  {
    name: "s7-1500",
    namedLike: /\bS7-?1500\b/i,
    itemsMax: 10_000,
    nodesPerRequest: 500,
    takesFilters: true,
  },
  unknown,
];

/** What a server says of itself; 0 or nothing where it does not tell. */
export interface ServerFacts {
  /** Product, its URI and its maker, in one text. */
  readonly product: string;
  readonly nodesPerRead: number;
  readonly itemsPerCall: number;
}

/** What the gateway asks of one server at most. */
export interface ServerLimits {
  readonly profile: ServerProfile;
  readonly nodesPerRead: number;
  readonly itemsPerCall: number;
}

/** However much a server says that it takes: a request of more is an answer that keeps others waiting. */
const nodesPerRequestMax = 1000;

export function limitsOf(
  facts: ServerFacts,
  wanted: { profile: ServerProfile["name"] | "auto"; maxNodesPerRequest?: number | undefined },
): ServerLimits {
  const profile = profileOf(facts.product, wanted.profile);
  const most = (told: number) =>
    Math.min(
      wanted.maxNodesPerRequest ?? nodesPerRequestMax,
      told > 0 ? told : (wanted.maxNodesPerRequest ?? profile.nodesPerRequest),
    );
  return {
    profile,
    nodesPerRead: most(facts.nodesPerRead),
    itemsPerCall: most(facts.itemsPerCall),
  };
}

function profileOf(product: string, wanted: ServerProfile["name"] | "auto"): ServerProfile {
  const found = profiles.find(({ name, namedLike }) =>
    wanted === "auto" ? namedLike?.test(product) === true : name === wanted,
  );
  return found ?? unknown;
}
