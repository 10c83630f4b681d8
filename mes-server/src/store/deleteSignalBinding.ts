import type { Transaction } from "./statement.ts";

/** The birth alone says again what the signal is. */
export async function deleteSignalBinding(tx: Transaction, signal: number): Promise<void> {
  await tx.query("DELETE FROM signal_binding WHERE signal = $1", [signal]);
}
