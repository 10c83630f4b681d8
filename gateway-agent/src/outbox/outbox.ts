import type { DatabaseSync } from "node:sqlite";
import { DdataBatch, type DdataSample } from "@only-mes/protocols/sparkplug/ddata";
import type { Acknowledgement } from "@only-mes/protocols/sparkplug/delivery";
import { datatypes, type Datatype, type MetricValue } from "@only-mes/protocols/sparkplug/payload";
import type { Reached } from "../crash-points.ts";
import { Aliases } from "./aliases.ts";
import { Accounts, type Figures } from "./accounts.ts";
import { openDatabase } from "./database.ts";
import { Gaps } from "./gaps.ts";
import { RoomMaker, type Caps } from "./make-room.ts";
import { PendingSamples } from "./pending-samples.ts";
import { prepareStatements } from "./statements.ts";

export interface OutboxOptions {
  readonly dataDir: string;
  /** Plant time. */
  readonly now: () => number;
  readonly reached: Reached;
  readonly caps: Caps;
  /** Aliases whose samples stay longest when the store is full: counters, states, stop codes. */
  readonly isPrecious: (alias: number) => boolean;
  /** Called after the transaction that made these messages durable. */
  readonly committed: (messages: readonly StoredMessage[]) => void;
  readonly failed: (error: Error) => void;
}

export interface StoredMessage {
  readonly sequence: number;
  readonly device: string;
  readonly samples: number;
  /** The payload of the DDATA but for the Sparkplug sequence. */
  readonly body: Uint8Array;
}

/** As a sampler gives it. */
interface Sampled {
  readonly tag: number;
  readonly timeMs: number;
  readonly value: MetricValue;
}

/** The same for many, NaN for what could not be read. */
interface SampledNumbers {
  readonly count: number;
  tag(index: number): number;
  timeMs(index: number): number;
  value(index: number): number;
}

/** Of the tags of a device, by their index. */
export interface WireNames {
  readonly aliases: readonly number[];
  readonly datatypes: readonly Datatype[];
}

/** How long samples wait for others to share their transaction, in milliseconds of this machine. */
const groupMs = 8;
/** A slow disk gets longer groups, so that it never takes more than a fifth of the time. */
const groupPerCommitFactor = 4;
/** While the disk takes nothing, this much waits in memory; what comes beyond it is dropped. */
const pendingSamplesMax = 200_000;
/** Without samples, this often the time until which devices were observed is stored. Plant time. */
const observedEveryMs = 1000;
const observedEveryMinRealMs = 250;
/** While the host takes messages, what was dropped is told this often at most. Plant time. */
const gapsEveryMs = 10_000;

/** Store and forward; the rules stand in SPEC.md. */
export class Outbox {
  readonly epoch: number;
  readonly aliases: Aliases;
  /** Where an unreadable older file was put (OB14). */
  readonly setAside: string | undefined;
  readonly #options: OutboxOptions;
  readonly #db: DatabaseSync;
  readonly #accounts: Accounts;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #pending = new PendingSamples();
  readonly #observed = new Map<string, number>();
  readonly #observedDirty = new Set<string>();
  readonly #roomMaker: RoomMaker;
  /** What found no room in memory. */
  readonly #overflown = new Map<string, { samples: number; fromMs: number; toMs: number }>();
  readonly #gaps: Gaps;
  #gapsToldMs = Number.NEGATIVE_INFINITY;
  #acknowledged: Acknowledgement["ranges"][number][] = [];
  #timer: NodeJS.Timeout | undefined;
  #observedStoredAt = 0;
  #lastCommitMs = 0;
  #commits = 0;
  #isClosed = false;
  #hasRefusedBeyond = false;

  constructor(options: OutboxOptions) {
    this.#options = options;
    const { db, setAside, isNew } = openDatabase(options.dataDir, Date.now());
    if (isNew) options.reached("epoch-change");
    this.#db = db;
    this.setAside = setAside;
    this.#statements = prepareStatements(db);
    this.#accounts = new Accounts(db);
    this.aliases = new Aliases(db, this.#statements);
    this.#gaps = new Gaps(db);
    this.#roomMaker = new RoomMaker(db, this.#accounts, this.#gaps, {
      isPrecious: options.isPrecious,
      isDelivery: (alias) => this.aliases.isOfDelivery(alias),
    });
    this.epoch = this.#accounts.epoch;
    for (const row of db.prepare("SELECT device, until_ms FROM observed").iterate()) {
      this.#observed.set(String(row["device"]), Number(row["until_ms"]));
    }
  }

  observedUntil(device: string): number | undefined {
    const until = this.#observed.get(device);
    return until === undefined || until === 0 ? undefined : until;
  }

  /** [OB7] Another gateway observes the device from now on: a later run has no gap to tell of. */
  forgetObserved(device: string): void {
    if (this.observedUntil(device) === undefined) return;
    this.#observed.set(device, 0);
    this.#observedDirty.add(device);
    this.#schedule(groupMs);
  }

  /** Samples become durable with the next group commit; then `committed` tells of their messages. */
  append(device: string, samples: readonly DdataSample[], observedUntilMs: number): void {
    this.observe(device, observedUntilMs);
    if (!this.#hasRoomFor(device, samples.length)) return;
    for (const { alias, datatype, timestampMs, value } of samples) {
      this.#pending.add(device, alias, datatype, timestampMs, value);
    }
    this.#appended(device);
  }

  /** The same for what a sampler gave; `names` says what each tag is called on the wire. */
  appendSampled(
    device: string,
    samples: readonly Sampled[],
    names: WireNames,
    observedUntilMs: number,
  ): void {
    this.observe(device, observedUntilMs);
    if (!this.#hasRoomFor(device, samples.length)) return;
    for (const { tag, timeMs, value } of samples) {
      const alias = names.aliases[tag] ?? 0;
      const datatype = names.datatypes[tag] ?? datatypes.Double;
      this.#pending.add(device, alias, datatype, timeMs, value);
    }
    this.#appended(device);
  }

  /** The same for many numbers in columns. */
  appendColumns(
    device: string,
    columns: SampledNumbers,
    names: WireNames,
    observedUntilMs: number,
  ): void {
    this.observe(device, observedUntilMs);
    if (!this.#hasRoomFor(device, columns.count)) return;
    for (let index = 0; index < columns.count; index += 1) {
      const tag = columns.tag(index);
      const value = columns.value(index);
      const alias = names.aliases[tag] ?? 0;
      const datatype = names.datatypes[tag] ?? datatypes.Double;
      const known = Number.isNaN(value) ? null : value;
      this.#pending.add(device, alias, datatype, columns.timeMs(index), known);
    }
    this.#appended(device);
  }

  /** [OB7] The device was heard until then, though it had nothing new to tell. */
  observe(device: string, untilMs: number): void {
    if (untilMs <= (this.#observed.get(device) ?? 0)) return;
    this.#observed.set(device, untilMs);
    this.#observedDirty.add(device);
    const { now } = this.#options;
    if (this.#timer === undefined && now() - this.#observedStoredAt >= observedEveryMs) {
      this.#schedule(observedEveryMinRealMs);
    }
  }

  /** [OB8] With the next group commit. @returns whether it is of this epoch. */
  acknowledge({ epoch, ranges }: Acknowledgement): boolean {
    if (epoch !== this.epoch) return false;
    const last = ranges.at(-1)?.[1] ?? 0;
    if (last >= this.#accounts.nextSequence()) {
      this.#refuseBeyond(last);
      return false;
    }
    this.#acknowledged.push(...ranges);
    this.#schedule(groupMs);
    return true;
  }

  /** The oldest messages above a sequence that nobody has acknowledged. */
  after(sequence: number, limit: number): StoredMessage[] {
    const messages = this.#statements.after.all(sequence, limit).map((row) => ({
      sequence: Number(row["sequence"]),
      device: String(row["device"]),
      samples: Number(row["samples"]),
      body: row["body"] as Uint8Array,
    }));
    const held = messages.filter((message) => !this.#isAcknowledged(message.sequence));
    const last = messages.at(-1);
    // All of them wait to be trimmed: what comes behind them is wanted.
    return held.length === 0 && last !== undefined ? this.after(last.sequence, limit) : held;
  }

  /** [OB16] */
  nextBdSeq(): number {
    return this.#accounts.nextBdSeq();
  }

  figures(): Figures & { heldAgeMs: number; commits: number; lastCommitMs: number } {
    const oldestMs = this.#isClosed ? undefined : this.#statements.oldest.get()?.["gateway_ms"];
    return {
      ...this.#accounts.figures(),
      heldAgeMs: oldestMs === undefined ? 0 : Math.max(0, this.#options.now() - Number(oldestMs)),
      commits: this.#commits,
      lastCommitMs: this.#lastCommitMs,
    };
  }

  /** Everything that was appended is durable when this returns. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#commit();
  }

  close(): void {
    if (this.#isClosed) return;
    this.flush();
    this.#isClosed = true;
    this.#db.close();
  }

  #hasRoomFor(device: string, samples: number): boolean {
    if (this.#pending.samples + samples <= pendingSamplesMax) return samples > 0;
    const nowMs = this.#options.now();
    const before = this.#overflown.get(device);
    this.#overflown.set(device, {
      samples: (before?.samples ?? 0) + samples,
      fromMs: before?.fromMs ?? nowMs,
      toMs: nowMs,
    });
    return false;
  }

  #appended(device: string): void {
    this.aliases.ofDelivery(device);
    this.#schedule(Math.max(groupMs, this.#lastCommitMs * groupPerCommitFactor));
  }

  #schedule(ms: number): void {
    if (this.#isClosed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#commit();
    }, ms);
  }

  #commit(): void {
    const { now, reached, committed, failed } = this.#options;
    const from = performance.now();
    const acknowledged = this.#acknowledged;
    let messages: StoredMessage[];
    const restoreAccounts = this.#accounts.bookmark();
    try {
      this.#db.exec("BEGIN IMMEDIATE");
      this.#storeOverflown();
      messages = this.#insert(now());
      this.#trim(acknowledged);
      this.#roomMaker.makeRoom(this.#options.caps, now());
      const tellsGaps = acknowledged.length > 0 && now() - this.#gapsToldMs >= gapsEveryMs;
      if (tellsGaps) messages.push(...this.#tellGaps(now()));
      this.#storeObserved();
      this.#accounts.store();
      reached("append-before-sync");
      this.#db.exec("COMMIT");
    } catch (error) {
      // A full or failing disk: what is in memory stays there, and is tried again.
      if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
      restoreAccounts();
      this.#roomMaker.startOver();
      failed(error instanceof Error ? error : new Error(String(error)));
      this.#schedule(1000);
      return;
    }
    this.#pending.clear();
    this.#overflown.clear();
    if (messages.some(({ samples }) => samples === 0)) this.#gapsToldMs = now();
    this.#acknowledged = [];
    this.#observedDirty.clear();
    this.#observedStoredAt = now();
    this.#commits += 1;
    this.#lastCommitMs = performance.now() - from;
    reached("after-sync");
    if (messages.length > 0) committed(messages);
  }

  #insert(nowMs: number): StoredMessage[] {
    return this.#pending.messages.map(({ device, batch }) => {
      const sequence = this.#accounts.nextSequence();
      const delivery = { ...this.aliases.ofDelivery(device), epoch: this.epoch, sequence };
      const body = batch.body(nowMs, delivery);
      const { samples } = batch;
      this.#statements.insert.run(sequence, device, samples, nowMs, body, 0);
      this.#accounts.produced(samples, body.length);
      return { sequence, device, samples, body };
    });
  }

  /** [OB17] In messages of their own, while somebody takes them. */
  #tellGaps(nowMs: number): StoredMessage[] {
    const devices = this.aliases.devices();
    const [anyDevice] = devices;
    if (anyDevice === undefined) return [];
    return this.#gaps.take().map((gap) => {
      // A device that the map no longer has is not known to the host.
      const device = devices.includes(gap.device) ? gap.device : anyDevice;
      const sequence = this.#accounts.nextSequence();
      const aliases = this.aliases.ofDelivery(device);
      const batch = new DdataBatch();
      batch.add(aliases.droppedAlias, datatypes.String, nowMs, JSON.stringify(gap));
      const body = batch.body(nowMs, { ...aliases, epoch: this.epoch, sequence });
      this.#statements.insert.run(sequence, device, 0, nowMs, body, 1);
      this.#accounts.produced(0, body.length);
      return { sequence, device, samples: 0, body };
    });
  }

  #storeOverflown(): void {
    for (const [device, { samples, ...span }] of this.#overflown) {
      this.#accounts.neverStored(samples);
      this.#gaps.record(device, "disk", span, samples);
    }
  }

  #trim(ranges: Acknowledgement["ranges"]): void {
    for (const [first, last] of ranges) {
      const row = this.#statements.sumOf.get(first, last);
      if (row === undefined || Number(row["rows"]) === 0) continue;
      this.#options.reached("ack-before-trim");
      this.#statements.trim.run(first, last);
      this.#accounts.acknowledged(
        Number(row["rows"]),
        Number(row["messages"]),
        Number(row["samples"]),
        Number(row["bytes"]),
      );
    }
  }

  /** The host has more of this epoch than was ever given out here: this file is an older copy of itself. */
  #refuseBeyond(last: number): void {
    if (this.#hasRefusedBeyond) return;
    this.#hasRefusedBeyond = true;
    const given = this.#accounts.nextSequence() - 1;
    this.#options.failed(
      new Error(
        `the host acknowledges sequence ${last} of epoch ${this.epoch}, and this outbox has given out ${given}: ` +
          "it is an older copy of the file. Nothing is trimmed; move the file away, and a new one begins.",
      ),
    );
  }

  #isAcknowledged(sequence: number): boolean {
    return this.#acknowledged.some(([first, last]) => first <= sequence && sequence <= last);
  }

  #storeObserved(): void {
    for (const device of this.#observedDirty) {
      this.#statements.observed.run(device, this.#observed.get(device) ?? 0);
    }
  }
}
