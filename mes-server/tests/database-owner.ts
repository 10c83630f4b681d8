import { startEmbedded } from "../src/store/embedded/startEmbedded.ts";

/** A process that owns an embedded database until a test kills it. */
const database = await startEmbedded(process.argv[2] ?? "");
process.send?.({ pid: database.pid });
