import type { PoolClient } from "pg";

/** What a write operation runs on: the client of the transaction that it belongs to, and no other. */
export type Transaction = Pick<PoolClient, "query">;

/** A column that a lane laid out (pipeline/arrayColumn), as a parameter in binary form. */
export function binary(column: Uint8Array): Buffer {
  return Buffer.from(column.buffer, column.byteOffset, column.byteLength);
}
