import { cursorFrom, positionOf } from "./paging.ts";

/** A page of a list that is in memory as a whole. Keys are unique. */
export function pageOf<Item>(
  all: readonly Item[],
  keyOf: (item: Item) => string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): { items: Item[]; nextCursor?: string } {
  const after = positionOf(cursor, /^[^\0]{1,300}$/);
  const rest = all
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
    .filter(({ key }) => after === undefined || key > after);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const hasMore = last !== undefined && rest.length > page.length;
  return {
    items: page.map(({ item }) => item),
    ...(hasMore && { nextCursor: cursorFrom(last.key) }),
  };
}
