import type { Counts, Line, Source, StateInterval } from "@only-mes/protocols/console/http";

/** What the whole plant asks of the server's public door. @throws with status and body otherwise. */
export interface PlantApi {
  lines(): Promise<Line[]>;
  counts(unit: string, fromMs: number, toMs: number): Promise<Counts>;
  states(unit: string, fromMs: number, toMs: number): Promise<StateInterval[]>;
  sources(): Promise<Source[]>;
  deadLetters(): Promise<{ reason: string; detail: string }[]>;
  metric(name: string): Promise<number>;
}

export function plantApi(http: string): PlantApi {
  const range = (fromMs: number, toMs: number): string =>
    `from=${new Date(fromMs).toISOString()}&to=${new Date(toMs).toISOString()}`;
  return {
    lines: () => everyItem(`${http}/api/v1/lines`),
    counts: async (unit, fromMs, toMs) =>
      (await getJson(`${http}/api/v1/units/${unit}/counts?${range(fromMs, toMs)}`)) as Counts,
    states: (unit, fromMs, toMs) =>
      everyItem(`${http}/api/v1/units/${unit}/states?${range(fromMs, toMs)}`),
    sources: () => everyItem(`${http}/api/v1/sources`),
    deadLetters: () => everyItem(`${http}/api/v1/dead-letters`),
    metric: async (name) => sumOfMetric(await getText(`${http}/metrics`), name),
  };
}

/** All pages of a list. */
export async function everyItem<Item>(url: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let cursor: string | undefined; ;) {
    const address = new URL(url);
    if (cursor !== undefined) address.searchParams.set("cursor", cursor);
    const page = (await getJson(address.href)) as { items: Item[]; nextCursor?: string };
    items.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === undefined) return items;
  }
}

export async function getJson(url: string): Promise<unknown> {
  return JSON.parse(await getText(url));
}

export async function getText(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
  const body = await response.text();
  if (!response.ok) throw new Error(`GET ${url} answered ${response.status}: ${body}`);
  return body;
}

/** Sum over all labels of a Prometheus metric; 0 if it is not there. */
function sumOfMetric(exposition: string, name: string): number {
  return exposition
    .split("\n")
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" ") + 1)), 0);
}
