import type { DatabaseSync, StatementSync } from "node:sqlite";
import { thinned } from "@only-mes/protocols/sparkplug/ddata";
import type { GapReason } from "@only-mes/protocols/sparkplug/delivery";
import type { Accounts } from "./accounts.ts";
import type { Gaps } from "./gaps.ts";

/** Which samples go first above the byte cap: what is not precious, or what is oldest, whatever it is. */
export const dropPolicies = ["analogs-first", "oldest-first"] as const;
type DropPolicy = (typeof dropPolicies)[number];

export interface Caps {
  readonly bytesMax: number;
  readonly policy: DropPolicy;
  /** Plant time. */
  readonly ageMaxMs: number;
}

type Keeps = (alias: number) => boolean;

/** A step drops this share of the cap more than it must, so that not every commit has to. */
const spareShare = 0.02;

/**
 * [OB10] [OB11] Drops samples, never messages: a message keeps its sequence, and goes out without
 * what was dropped of it. Oldest first; each way of dropping remembers how far it has come.
 */
export class RoomMaker {
  readonly #accounts: Accounts;
  readonly #gaps: Gaps;
  readonly #oldest: StatementSync;
  readonly #content: StatementSync;
  readonly #replace: StatementSync;
  readonly #keeps: { readonly precious: Keeps; readonly nothing: Keeps };
  /** All messages up to here have lost what is not precious; and up to there, everything. */
  #doneUpTo = { precious: 0, nothing: 0 };

  constructor(
    db: DatabaseSync,
    accounts: Accounts,
    gaps: Gaps,
    keeps: { isPrecious: Keeps; isDelivery: Keeps },
  ) {
    const { isPrecious, isDelivery } = keeps;
    this.#accounts = accounts;
    this.#gaps = gaps;
    this.#keeps = {
      precious: (alias) => isPrecious(alias) || isDelivery(alias),
      nothing: isDelivery,
    };
    this.#oldest = db.prepare(
      "SELECT sequence, gateway_ms FROM message WHERE sequence > ? ORDER BY sequence LIMIT 1",
    );
    this.#content = db.prepare("SELECT device, samples, body FROM message WHERE sequence = ?");
    this.#replace = db.prepare("UPDATE message SET body = ?, samples = ? WHERE sequence = ?");
  }

  /** To be called within a transaction. */
  makeRoom({ bytesMax, policy, ageMaxMs }: Caps, nowMs: number): void {
    const oldestKeptMs = nowMs - ageMaxMs;
    this.#dropWhile("nothing", "age", (gatewayMs) => gatewayMs < oldestKeptMs);
    if (this.#accounts.heldBytes <= bytesMax) return;
    const goal = bytesMax * (1 - spareShare);
    const isTooMuch = () => this.#accounts.heldBytes > goal;
    if (policy === "analogs-first") this.#dropWhile("precious", "bytes", isTooMuch);
    this.#dropWhile("nothing", "bytes", isTooMuch);
  }

  /** The transaction failed: what it had dropped is there again. */
  startOver(): void {
    this.#doneUpTo = { precious: 0, nothing: 0 };
  }

  #dropWhile(
    keeping: "precious" | "nothing",
    reason: GapReason,
    goesOn: (gatewayMs: number) => boolean,
  ): void {
    for (;;) {
      const oldest = this.#oldest.get(this.#doneUpTo[keeping]);
      if (oldest === undefined || !goesOn(Number(oldest["gateway_ms"]))) return;
      const sequence = Number(oldest["sequence"]);
      this.#thin(sequence, this.#keeps[keeping], reason);
      this.#doneUpTo[keeping] = sequence;
    }
  }

  #thin(sequence: number, keeps: Keeps, reason: GapReason): void {
    const row = this.#content.get(sequence);
    const body = row?.["body"];
    if (!(body instanceof Uint8Array)) return;
    const thin = thinned(body, keeps);
    if (thin.removed === 0) return;
    const left = Number(row?.["samples"]) - thin.removed;
    this.#replace.run(thin.body, left, sequence);
    this.#gaps.record(String(row?.["device"]), reason, thin, thin.removed);
    this.#accounts.dropped(left === 0 ? 1 : 0, thin.removed, body.length - thin.body.length);
  }
}
