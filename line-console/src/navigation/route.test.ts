import { expect, it } from "vitest";
import { keptSearch, pathOf, routeOf } from "./route.ts";

it.each([
  { screen: "andon" },
  { screen: "line", line: "bottling-1" },
  { screen: "trend", line: "bottling-1", signal: "bottling-1.filler.bowl-pressure" },
] as const)("finds $screen again by its path", (route) => {
  expect(routeOf(pathOf(route))).toEqual(route);
});

it.each(["/lines", "/orders", "/lines/a/signals", "/lines/a/b/c", "/lines/%E0%A4%A"])(
  "has nothing at %s",
  (path) => {
    expect(routeOf(path)).toEqual({ screen: "notFound", path });
  },
);

it("keeps brand and mode in every link, and nothing else", () => {
  expect(keptSearch("?brand=steinbach&x=1&mode=dark")).toBe("?brand=steinbach&mode=dark");
  expect(keptSearch("?x=1")).toBe("");
});
