import type { Connection, PoolClient, Submittable } from "pg";
import type { SampleRows } from "../pipeline/sampleRows.ts";
import { binary } from "./statement.ts";

const text =
  "COPY sample (signal, ordinal, ts, gateway_ts, epoch, sequence, value, quality, text) FROM STDIN (FORMAT binary)";

/** For real servers: the embedded database has no COPY FROM STDIN. */
export async function copySamples(
  client: Pick<PoolClient, "query">,
  { buffers }: SampleRows,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    client.query(copyIn(buffers.map(binary), (error) => (error ? reject(error) : resolve())));
  });
}

/** The part of pg's connection that speaks COPY; its types leave it out. */
type CopyConnection = Connection & {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
};

function copyIn(chunks: Buffer[], done: (error?: Error) => void): Submittable {
  let failure: Error | undefined;
  return {
    submit(connection: Connection) {
      connection.query(text);
    },
    handleCopyInResponse(connection: CopyConnection) {
      for (const chunk of chunks) connection.sendCopyFromChunk(chunk);
      connection.endCopyFrom();
    },
    handleCommandComplete: () => undefined,
    handleError(error: Error) {
      failure = error;
      done(error);
    },
    handleReadyForQuery() {
      if (failure === undefined) done();
    },
  } as Submittable;
}
