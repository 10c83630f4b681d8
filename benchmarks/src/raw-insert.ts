import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { sampleRowsWriter, type SampleRows } from "../../mes-server/src/pipeline/sampleRows.ts";
import { copySamples } from "../../mes-server/src/store/copySamples.ts";
import { startEmbedded } from "../../mes-server/src/store/embedded/startEmbedded.ts";
import { insertSamplesUnnest } from "../../mes-server/src/store/insertSamplesUnnest.ts";
import { migrate } from "../../mes-server/src/store/migrate.ts";
import { ownDatabase } from "../../whole-plant/src/own-database.ts";

/**
 * The limit: rows a second into the hypertable `sample` as it is, one connection, one transaction a
 * batch, by the server's own fastest statement, rows laid out beforehand, and nothing else.
 */
export async function measureRawInsert(options: {
  rows: number;
  rowsPerBatch: number;
}): Promise<number> {
  await using database = await ownDatabase();
  if (database.url !== undefined) return await insertAll(database.url, "copy", options);
  const dir = mkdtempSync(join(tmpdir(), "only-mes-raw-"));
  const embedded = await startEmbedded(dir);
  try {
    return await insertAll(embedded.url, "unnest", options);
  } finally {
    await embedded.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

const signals = 2000;

async function insertAll(
  url: string,
  format: SampleRows["format"],
  { rows, rowsPerBatch }: { rows: number; rowsPerBatch: number },
): Promise<number> {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  try {
    await migrate(pool);
    const batches = Array.from({ length: Math.ceil(rows / rowsPerBatch) }, (_, batch) =>
      layOut(format, batch, rowsPerBatch),
    );
    const client = await pool.connect();
    const startedAt = performance.now();
    for (const batch of batches) {
      await client.query("BEGIN");
      await (format === "copy" ? copySamples(client, batch) : insertSamplesUnnest(client, batch));
      await client.query("COMMIT");
    }
    const seconds = (performance.now() - startedAt) / 1000;
    client.release();
    return (batches.length * rowsPerBatch) / seconds;
  } finally {
    await pool.end();
  }
}

function layOut(format: SampleRows["format"], batch: number, rows: number): SampleRows {
  const writer = sampleRowsWriter(format, rows);
  const startMs = Date.now();
  for (let index = 0; index < rows; index++) {
    const sample = batch * rows + index;
    writer.push({
      signal: 1 + (sample % signals),
      ordinal: index,
      tsMs: startMs + Math.floor(sample / signals) * 1000,
      gatewayTsMs: startMs,
      epoch: 1,
      sequence: batch,
      value: Math.sin(sample),
      quality: 192,
      text: null,
    });
  }
  return writer.finish();
}
