import type { ServedBrand } from "@only-mes/protocols/brand-pack/schema";

/** The brands of one server, and which of them a host sees. */
export interface BrandShelf {
  all(): readonly ServedBrand[];
  byId(id: string): ServedBrand | undefined;
  /** By the Host header; the default brand for every host that no brand names. */
  ofHost(host: string | undefined): ServedBrand;
}

const defaultHost = "*";

/** A pack that cannot be served; the message says in which file what is wrong. */
export class BrandPackError extends Error {}

/** @throws {BrandPackError} if two brands claim the same id or host, or not exactly one is the default. */
export function brandShelf(brands: readonly ServedBrand[]): BrandShelf {
  const byId = new Map<string, ServedBrand>();
  const byHost = new Map<string, ServedBrand>();
  for (const brand of brands) {
    if (byId.has(brand.pack.id)) {
      throw new BrandPackError(`two brand packs have the id "${brand.pack.id}"`);
    }
    byId.set(brand.pack.id, brand);
    for (const host of brand.pack.hosts) claim(byHost, host.toLowerCase(), brand);
  }
  const byDefault = byHost.get(defaultHost);
  if (byDefault === undefined) {
    throw new BrandPackError(
      `no brand pack is the default: one of ${[...byId.keys()].join(", ") || "them"} must have "${defaultHost}" among its hosts`,
    );
  }
  return {
    all: () => [...byId.values()],
    byId: (id) => byId.get(id),
    ofHost: (host) => byHost.get(hostName(host)) ?? byDefault,
  };
}

function claim(byHost: Map<string, ServedBrand>, host: string, brand: ServedBrand): void {
  const other = byHost.get(host);
  if (other !== undefined) {
    const what = host === defaultHost ? "be the default brand" : `be shown on the host "${host}"`;
    throw new BrandPackError(
      `${brand.pack.id}/brand.json: hosts: both "${other.pack.id}" and "${brand.pack.id}" want to ${what}`,
    );
  }
  byHost.set(host, brand);
}

/** Without the port; an IPv6 address keeps its brackets. */
function hostName(host: string | undefined): string {
  return (host ?? "").toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "");
}
