import type { DatabaseSync, StatementSync } from "node:sqlite";

export interface Count {
  readonly messages: number;
  readonly samples: number;
}

/** [OB9] produced = acknowledged + held + dropped. */
export interface Figures {
  readonly produced: Count;
  readonly acknowledged: Count;
  readonly held: Count;
  readonly dropped: Count;
  readonly heldBytes: number;
}

/** What each message costs beside its body: row, index and page overhead, roughly. */
const rowBytes = 40;

/**
 * The books of the outbox: changed in memory within a transaction, stored with it, and read again
 * if it failed.
 */
export class Accounts {
  readonly #db: DatabaseSync;
  readonly #store: StatementSync;
  #row: Row;
  #heldBytes = 0;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#store = db.prepare(
      `UPDATE account SET bd_seq = :bdSeq,
         produced_messages = :producedMessages, produced_samples = :producedSamples,
         acknowledged_messages = :acknowledgedMessages, acknowledged_samples = :acknowledgedSamples,
         dropped_messages = :droppedMessages, dropped_samples = :droppedSamples`,
    );
    this.#row = this.#read();
  }

  get epoch(): number {
    return this.#row.epoch;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** [OB3] Sequences are the count of what was produced. */
  nextSequence(): number {
    return this.#row.producedMessages + 1;
  }

  produced(samples: number, bytes: number): void {
    this.#row.producedMessages += 1;
    this.#row.producedSamples += samples;
    this.#heldBytes += bytes + rowBytes;
  }

  /** A message whose samples were all dropped is a row that counts as no message any more. */
  acknowledged(rows: number, messages: number, samples: number, bytes: number): void {
    this.#row.acknowledgedMessages += messages;
    this.#row.acknowledgedSamples += samples;
    this.#heldBytes -= bytes + rows * rowBytes;
  }

  dropped(messages: number, samples: number, bytes: number): void {
    this.#row.droppedMessages += messages;
    this.#row.droppedSamples += samples;
    this.#heldBytes -= bytes;
  }

  /** Samples that never reached the disk, since it took none. */
  neverStored(samples: number): void {
    this.#row.producedSamples += samples;
    this.#row.droppedSamples += samples;
  }

  store(): void {
    const { epoch: _, ...row } = this.#row;
    this.#store.run(row);
  }

  /** Restores the books as they are now, for when a transaction fails. */
  bookmark(): () => void {
    const row = { ...this.#row };
    const heldBytes = this.#heldBytes;
    return () => {
      this.#row = row;
      this.#heldBytes = heldBytes;
    };
  }

  nextBdSeq(): number {
    this.#row.bdSeq = (this.#row.bdSeq + 1) % 256;
    this.store();
    return this.#row.bdSeq;
  }

  figures(): Figures {
    const row = this.#row;
    return {
      produced: { messages: row.producedMessages, samples: row.producedSamples },
      acknowledged: { messages: row.acknowledgedMessages, samples: row.acknowledgedSamples },
      dropped: { messages: row.droppedMessages, samples: row.droppedSamples },
      held: {
        messages: row.producedMessages - row.acknowledgedMessages - row.droppedMessages,
        samples: row.producedSamples - row.acknowledgedSamples - row.droppedSamples,
      },
      heldBytes: this.#heldBytes,
    };
  }

  #read(): Row {
    const row = this.#db.prepare("SELECT * FROM account").get() ?? {};
    const held = this.#db
      .prepare("SELECT count(*) AS messages, coalesce(sum(length(body)), 0) AS bytes FROM message")
      .get();
    this.#heldBytes = Number(held?.["bytes"] ?? 0) + Number(held?.["messages"] ?? 0) * rowBytes;
    return {
      epoch: Number(row["epoch"]),
      bdSeq: Number(row["bd_seq"]),
      producedMessages: Number(row["produced_messages"]),
      producedSamples: Number(row["produced_samples"]),
      acknowledgedMessages: Number(row["acknowledged_messages"]),
      acknowledgedSamples: Number(row["acknowledged_samples"]),
      droppedMessages: Number(row["dropped_messages"]),
      droppedSamples: Number(row["dropped_samples"]),
    };
  }
}

interface Row {
  epoch: number;
  bdSeq: number;
  producedMessages: number;
  producedSamples: number;
  acknowledgedMessages: number;
  acknowledgedSamples: number;
  droppedMessages: number;
  droppedSamples: number;
}
