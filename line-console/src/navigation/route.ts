export type Route =
  | { screen: "andon" }
  | { screen: "line"; line: string }
  | { screen: "trend"; line: string; signal: string }
  | { screen: "notFound"; path: string };

/** Parameters of the address that go along with every link. */
const keptParameters = ["brand", "mode"];

export function routeOf(path: string): Route {
  const parts = path.split("/").filter((part) => part !== "");
  const [first, line, third, signal] = parts.map(decoded);
  if (parts.length === 0) return { screen: "andon" };
  if (first !== "lines" || line === undefined) return { screen: "notFound", path };
  if (parts.length === 2) return { screen: "line", line };
  if (parts.length === 4 && third === "signals" && signal !== undefined) {
    return { screen: "trend", line, signal };
  }
  return { screen: "notFound", path };
}

export function pathOf(route: Exclude<Route, { screen: "notFound" }>): string {
  switch (route.screen) {
    case "andon":
      return "/";
    case "line":
      return `/lines/${encodeURIComponent(route.line)}`;
    case "trend":
      return `/lines/${encodeURIComponent(route.line)}/signals/${encodeURIComponent(route.signal)}`;
  }
}

/** The parameters to keep, as `?…`, or nothing. */
export function keptSearch(search: string): string {
  const given = new URLSearchParams(search);
  const kept = new URLSearchParams();
  for (const name of keptParameters) {
    const value = given.get(name);
    if (value !== null) kept.set(name, value);
  }
  const text = kept.toString();
  return text === "" ? "" : `?${text}`;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
