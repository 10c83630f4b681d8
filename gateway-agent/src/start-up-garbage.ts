import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** By then the map was read, the devices were reached and their births were told. */
const afterMs = 10_000;

/**
 * Starting takes several times the memory that running takes, and running makes so little garbage that
 * it would stay for hours: it is collected once, when the start is over.
 */
export function collectStartUpGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as NodeJS.GCFunction;
  setTimeout(() => {
    collect({ type: "major", execution: "sync", flavor: "last-resort" });
  }, afterMs).unref();
}
