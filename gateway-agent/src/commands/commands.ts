import { createHash } from "node:crypto";
import {
  asCommandValue,
  reasonLengthMax,
  type CommandRequest,
  type CommandResult,
  type RefusalCode,
} from "@only-mes/protocols/events/command";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import { carryOut, type Ending } from "./carry-out.ts";
import type { CommandLedger } from "./ledger.ts";
import { rawValue } from "./raw-value.ts";
import { readDeviceCommand } from "./read-command.ts";
import type { CommandTarget } from "./target.ts";
import { tokenBucket } from "./token-bucket.ts";

export interface CommandsOptions {
  readonly ledger: CommandLedger;
  readonly target: (device: string) => CommandTarget | undefined;
  readonly clock: PlantClock;
  /** Of this machine. */
  readonly realNow: () => number;
  readonly log: CommandLog;
}

export interface CommandLog {
  /** What cannot be answered. */
  refused(why: string): void;
  ended(device: string, request: CommandRequest | undefined, result: CommandResult): void;
}

/** [CM11] */
const waitingMax = 16;
/** [CM12] */
const perSecond = 10;
const burst = 20;
/** How far the clock of a host may be ahead, in plant time. */
const aheadMsMax = 60_000;
const stopWithinMs = 2000;

/** Commands of hosts to devices; the rules stand in SPEC.md. */
export class Commands {
  readonly #options: CommandsOptions;
  readonly #mayCome: () => boolean;
  readonly #queues = new Map<string, { waiting: number; last: Promise<void> }>();
  readonly #counts: Record<CommandResult["outcome"], number> = {
    done: 0,
    differs: 0,
    refused: 0,
    failed: 0,
    unknown: 0,
  };
  #isStopping = false;

  constructor(options: CommandsOptions) {
    this.#options = options;
    this.#mayCome = tokenBucket(perSecond, burst, options.realNow);
  }

  /** [CM3] [CM8] What an earlier run left open; to be called before anything comes. */
  resume(): void {
    const { ledger } = this.#options;
    for (const { device, request, state, result } of ledger.unfinished()) {
      if (result !== undefined) {
        if (this.#report(device, result)) this.#reported(request.id);
      } else if (state === "waiting") this.#end(device, request, notStarted);
      else this.#end(device, request, interrupted);
    }
  }

  /** A DCMD. */
  receive(device: string, payload: Uint8Array): void {
    const { target, log } = this.#options;
    const to = target(device);
    if (to === undefined) {
      log.refused(`DCMD to ${device.slice(0, 64)}: this gateway has no such device`);
      return;
    }
    for (const read of readDeviceCommand(device, payload, to)) {
      if (!this.#mayCome()) {
        log.refused(`DCMD to ${device}: more than ${perSecond} commands a second`);
      } else if (read.kind === "asked") {
        this.#take(device, to, read.request);
      } else if (read.id === undefined) {
        log.refused(`DCMD to ${device}: ${read.why}`);
      } else {
        const { id, signal, why } = read;
        this.#answer(device, undefined, this.#result({ id, signal }, refused("invalid", why)));
      }
    }
  }

  /** Takes nothing more; resolves when no device is being asked, or soon. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const bound = Promise.withResolvers<void>();
    const timer = setTimeout(bound.resolve, stopWithinMs);
    await Promise.race([
      Promise.all([...this.#queues.values()].map(({ last }) => last)),
      bound.promise,
    ]);
    clearTimeout(timer);
  }

  figures(): Readonly<Record<CommandResult["outcome"], number>> {
    return { ...this.#counts };
  }

  #take(device: string, to: CommandTarget, request: CommandRequest): void {
    const recorded = this.#record(device, request);
    if (recorded === "known") return;
    if (recorded !== "recorded") {
      this.#answer(device, request, this.#result(request, recorded));
      return;
    }
    const refusal = refusalOfMap(to, request) ?? this.#refusalOfQueue(device);
    if (refusal === undefined) this.#enqueue(device, request);
    else this.#end(device, request, refusal);
  }

  /** [CM2] @returns why it cannot be recorded, if it cannot. */
  #record(device: string, request: CommandRequest): "recorded" | "known" | Ending {
    const { ledger, clock } = this.#options;
    const fingerprint = fingerprintOf(device, request);
    try {
      const known = ledger.find(request.id);
      if (known === undefined) {
        const refusal = this.#refusalOfTime(request);
        if (refusal !== undefined) return refusal;
        ledger.receive({ device, request, fingerprint, receivedAtMs: clock.now() });
        return "recorded";
      }
      if (known.fingerprint !== fingerprint) {
        return refused("idInUse", "the same id came with another command before");
      }
      // While it has no result, it is being carried out, and will be answered.
      if (known.result !== undefined) this.#report(device, known.result);
      return "known";
    } catch (error) {
      return refused("notRecorded", `it could not be recorded: ${message(error)}`);
    }
  }

  /** [CM4] [CM9] These are not recorded: what is older than the ledger cannot be, and the future is no order of time. */
  #refusalOfTime({ issuedAtMs }: CommandRequest): Ending | undefined {
    const { ledger, clock } = this.#options;
    const aheadMs = issuedAtMs - clock.now();
    if (aheadMs > aheadMsMax) {
      return refused(
        "clock",
        `it was issued ${aheadMs} ms ahead of the gateway's clock: set both clocks by one source`,
      );
    }
    if (issuedAtMs < ledger.knownSinceMs) {
      return refused(
        "forgotten",
        `it was issued before ${new Date(ledger.knownSinceMs).toISOString()}, from when on this gateway knows what was carried out: ask anew, with another id`,
      );
    }
    return undefined;
  }

  #refusalOfQueue(device: string): Ending | undefined {
    if ((this.#queues.get(device)?.waiting ?? 0) < waitingMax) return undefined;
    return refused("busy", `${waitingMax} commands wait for this device already`);
  }

  #enqueue(device: string, request: CommandRequest): void {
    const { ledger, target } = this.#options;
    const queue = this.#queues.get(device) ?? { waiting: 0, last: Promise.resolve() };
    this.#queues.set(device, queue);
    queue.waiting += 1;
    const isInTime = this.#deadlineOf(request);
    queue.last = queue.last.then(async () => {
      queue.waiting -= 1;
      // Another device map may be in force by now.
      const to = target(device);
      const start = () => ledger.start(request.id);
      const ending =
        this.#isStopping || to === undefined
          ? notStarted
          : await carryOut({ to, request, isInTime, start });
      this.#end(device, request, ending);
    });
  }

  /** [CM4] By plant time, and by how much of this machine's time may pass from now on. */
  #deadlineOf({ issuedAtMs, timeToLiveMs }: CommandRequest): () => boolean {
    const { clock, realNow } = this.#options;
    const expiresAtMs = issuedAtMs + timeToLiveMs;
    const realExpiresAt = realNow() + clock.realDelayMs(expiresAtMs - clock.now());
    return () => clock.now() <= expiresAtMs && realNow() <= realExpiresAt;
  }

  #end(device: string, request: CommandRequest, ending: Ending): void {
    const result = this.#result(request, ending);
    this.#keep(() => this.#options.ledger.end(request.id, result));
    if (this.#answer(device, request, result)) this.#reported(request.id);
  }

  /** @returns whether the answer is durable. */
  #answer(device: string, request: CommandRequest | undefined, result: CommandResult): boolean {
    this.#counts[result.outcome] += 1;
    this.#options.log.ended(device, request, result);
    return this.#report(device, result);
  }

  /** [CM8] A device that the map does not have any more answers nobody. */
  #report(device: string, result: CommandResult): boolean {
    return this.#options.target(device)?.report(result) ?? true;
  }

  #reported(id: string): void {
    this.#keep(() => this.#options.ledger.reported(id));
  }

  /** A disk that fails now: the next run says `unknown` beside what was answered, and repeats nothing. */
  #keep(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#options.log.refused(`what became of a command was not recorded: ${message(error)}`);
    }
  }

  #result({ id, signal }: Pick<CommandRequest, "id" | "signal">, ending: Ending): CommandResult {
    const { outcome, code, why, value } = ending;
    return {
      id,
      signal,
      outcome,
      ...(code !== undefined && { code }),
      ...(why !== undefined && { reason: why.slice(0, reasonLengthMax) }),
      ...(value !== undefined && value !== null && { value: asCommandValue(value) }),
      endedAtMs: this.#options.clock.now(),
    };
  }
}

const notStarted = refused(
  "notStarted",
  "gateway or device map ended before it was its turn: nothing was sent to the device",
);
const interrupted: Ending = {
  outcome: "unknown",
  why: "the gateway ended while the device was being asked: look at what it holds; it was not asked again",
};

function refused(code: RefusalCode, why: string): Ending {
  return { outcome: "refused", code, why };
}

/** [CM1] [CM6] */
function refusalOfMap(
  to: CommandTarget,
  { signal: name, value }: CommandRequest,
): Ending | undefined {
  const signal = to.signal({ name });
  if (signal === undefined) return refused("unknownSignal", `the device has no signal "${name}"`);
  if (signal.write === undefined) {
    return refused(
      "notAllowed",
      `the device map allows no write to ${name}: it has no "write" there`,
    );
  }
  const { why } = rawValue(signal, value);
  return why === undefined ? undefined : refused("valueNotAllowed", why);
}

function fingerprintOf(device: string, request: CommandRequest): string {
  const { signal, value, issuedAtMs, timeToLiveMs, expect = [], by = "", why = "" } = request;
  const parts = [device, signal, value, issuedAtMs, timeToLiveMs, expect, by, why];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
