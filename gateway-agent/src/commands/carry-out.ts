import type {
  CommandRequest,
  CommandResult,
  Precondition,
  RefusalCode,
} from "@only-mes/protocols/events/command";
import type { MetricValue } from "@only-mes/protocols/sparkplug/payload";
import { DriverError, type DriverErrorCode } from "../drivers/contract.ts";
import { scaled } from "../sampling/scaling.ts";
import { isSame, rawValue } from "./raw-value.ts";
import type { CommandSignal, CommandTarget } from "./target.ts";

/** What became of a command. */
export interface Ending {
  readonly outcome: CommandResult["outcome"];
  readonly code?: RefusalCode;
  readonly why?: string;
  /** What the device holds, in engineering units. */
  readonly value?: MetricValue;
}

export interface Order {
  readonly to: CommandTarget;
  readonly request: CommandRequest;
  readonly isInTime: () => boolean;
  /** Makes durable that the device is asked next. */
  readonly start: () => void;
}

/** One command whose turn it is: every condition once more, the write, and what was read back. It never rejects. */
export async function carryOut({ to, request, isInTime, start }: Order): Promise<Ending> {
  const signal = to.signal({ name: request.signal });
  if (signal === undefined)
    return refused("unknownSignal", `there is no ${request.signal} any more`);
  if (!isInTime()) return tooLate(request);
  if (!to.isConnected())
    return refused("notConnected", "the device is not connected to this gateway");
  const { raw, why } = rawValue(signal, request.value);
  if (raw === undefined) return refused("valueNotAllowed", why);
  const unmet = unmetPrecondition(to, request);
  if (unmet !== undefined) return refused("precondition", unmet);
  try {
    start();
  } catch (error) {
    return refused("notRecorded", `it could not be recorded: ${message(error)}`);
  }
  try {
    const held = await to.write(signal.tag, raw, isInTime);
    return endingOf(signal, raw, held);
  } catch (error) {
    return endingOfError(request, error);
  }
}

function endingOf(
  signal: CommandSignal,
  written: Exclude<MetricValue, null>,
  held: MetricValue,
): Ending {
  if (held === null) {
    return {
      outcome: "unknown",
      why: "the device took the write, and could not be read afterwards",
    };
  }
  const value = signal.scaling.isScaled ? scaled(signal.scaling, Number(held)) : held;
  if (isSame(signal, written, held)) return { outcome: "done", value };
  return { outcome: "differs", value, why: `the device took the write, and holds ${value}` };
}

/** Whether the device may have carried it out, by what its driver says. */
const nothingWritten: Record<DriverErrorCode, boolean> = {
  unreachable: true,
  refused: true,
  unusable: true,
  tooLate: true,
  timeout: false,
  closed: false,
  malformed: false,
};

function endingOfError(request: CommandRequest, error: unknown): Ending {
  if (error instanceof DriverError && error.code === "tooLate") return tooLate(request);
  if (error instanceof DriverError && nothingWritten[error.code]) {
    return { outcome: "failed", why: error.message };
  }
  return {
    outcome: "unknown",
    why: `${message(error)}: whether the device carried it out is not known; it was not asked again`,
  };
}

/** [CM5] @returns why one of them is not so. */
function unmetPrecondition(to: CommandTarget, request: CommandRequest): string | undefined {
  for (const expected of request.expect ?? []) {
    const name = expected.signal ?? request.signal;
    const signal = to.signal({ name });
    const held = signal === undefined ? undefined : to.latest(signal.tag);
    if (held === undefined || held === null) return `what ${name} holds is not known`;
    const why = unmet(expected, held);
    if (why !== undefined) return `${name} is ${held}, not ${why}`;
  }
  return undefined;
}

function unmet({ equals, min, max }: Precondition, held: Exclude<MetricValue, null>) {
  if (equals !== undefined && String(held) !== String(equals)) return String(equals);
  const number = typeof held === "bigint" ? held : Number(held);
  if (min !== undefined && !(number >= min)) return `at least ${min}`;
  if (max !== undefined && !(number <= max)) return `at most ${max}`;
  return undefined;
}

function tooLate({ issuedAtMs, timeToLiveMs }: CommandRequest): Ending {
  const until = new Date(issuedAtMs + timeToLiveMs).toISOString();
  return refused("expired", `it was to be carried out until ${until}`);
}

function refused(code: RefusalCode, why: string): Ending {
  return { outcome: "refused", code, why };
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
