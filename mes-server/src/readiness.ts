import type { Pool } from "pg";
import type { Intake } from "./intake/startIntake.ts";
import type { ReadinessPart } from "./operations/health.ts";

/** What must work for the server to do its job: the database, and a session with the broker. */
export function readiness({
  pool,
  isClosing,
  intake,
}: {
  pool: Pool;
  isClosing: () => boolean;
  intake: () => Pick<Intake, "isConnected"> | undefined;
}): () => Promise<ReadinessPart[]> {
  return async () => {
    const database = await pool.query("SELECT 1").then(
      () => ({ ok: true, detail: "answers, with the newest schema" }),
      (error: Error) => ({ ok: false, detail: error.message }),
    );
    const isConnected = intake()?.isConnected ?? false;
    return [
      { name: "database", ...database },
      {
        name: "broker",
        ok: isConnected,
        detail: isConnected ? "the host's session stands" : "no session with the broker",
      },
      {
        name: "running",
        ok: !isClosing(),
        detail: isClosing() ? "the server is ending" : "the server takes messages",
      },
    ];
  };
}
