import { readSource, type MapSource } from "./load-map-apart.ts";

/** The process that reads a large map for the gateway, once. */
process.once("message", (source: MapSource) => {
  process.send?.(readSource(source), undefined, undefined, () => process.disconnect());
});
process.once("disconnect", () => process.exit(0));
