import { fraction, randomFor, wholeIn } from "@only-mes/simulators/clock/random";

/**
 * Where people's and the ERP's commands go out: now and then late, twice, or in another order than they
 * happened, and again when the server was away. What is refused for good is a difference.
 */
export interface Desk {
  /** Sent when its time comes; `occurredAtMs` is when it was so. */
  put(command: DeskCommand): void;
  /** Sends what is due by now. */
  send(nowMs: number): Promise<void>;
  /** Sends everything that is left, until it is taken. */
  finish(): Promise<void>;
  readonly refused: readonly string[];
  readonly sent: { commands: number; late: number; doubled: number; again: number };
}

export interface DeskCommand {
  id: string;
  method: "PUT" | "POST" | "PATCH";
  path: string;
  body: Record<string, unknown>;
  occurredAtMs: number;
  /** May come hours late, and before what happened earlier. */
  mayBeLate?: boolean;
  /** Refused with one of these, it is sent again later: the samples that it speaks of are not there yet. */
  notYet?: readonly string[];
}

interface Waiting {
  command: DeskCommand;
  dueMs: number;
  isDoubled: boolean;
}

const hourMs = 3_600_000;
const lateShare = 0.3;
const doubledShare = 0.15;
const retryAfterMs = 2 * hourMs;
const serverWithinMs = 60_000;
const attemptsAtTheEnd = 5;

export function desk(http: string, { seed, isRough }: { seed: number; isRough: boolean }): Desk {
  const random = randomFor(seed, "desk");
  const refused: string[] = [];
  const sent = { commands: 0, late: 0, doubled: 0, again: 0 };
  let waiting: Waiting[] = [];

  /** The code of a refusal that may pass; `undefined` if it was taken, or is refused for good. */
  const deliver = async ({ command, isDoubled }: Waiting): Promise<string | undefined> => {
    const answer = await ask(http, command);
    sent.commands += 1;
    if (isDoubled) {
      sent.doubled += 1;
      const again = await ask(http, command);
      if (answer.ok && again.text !== answer.text)
        refused.push(`${command.id}: answered otherwise when repeated`);
    }
    if (answer.ok) return undefined;
    const code = codeOf(answer.text);
    if (command.notYet?.includes(code) === true) return code;
    refused.push(`${command.method} ${command.path} (${command.id}): ${answer.text.slice(0, 300)}`);
    return undefined;
  };
  const take = (isDue: (each: Waiting) => boolean): Waiting[] => {
    const due = waiting.filter(isDue).sort((a, b) => a.dueMs - b.dueMs);
    waiting = waiting.filter((each) => !due.includes(each));
    return due;
  };

  return {
    refused,
    sent,
    put(command) {
      const isLate = isRough && command.mayBeLate === true && fraction(random) < lateShare;
      if (isLate) sent.late += 1;
      waiting.push({
        command,
        dueMs: command.occurredAtMs + (isLate ? wholeIn(random, [60_000, 8 * hourMs]) : 0),
        isDoubled: isRough && fraction(random) < doubledShare,
      });
    },
    async send(nowMs) {
      for (const each of take(({ dueMs }) => dueMs <= nowMs)) {
        if ((await deliver(each)) === undefined) continue;
        sent.again += 1;
        waiting.push({ ...each, dueMs: nowMs + retryAfterMs });
      }
    },
    async finish() {
      for (let attempt = 1; waiting.length > 0 && attempt <= attemptsAtTheEnd; attempt += 1) {
        for (const each of take(() => true)) {
          const code = await deliver(each);
          if (code === undefined) continue;
          if (attempt === attemptsAtTheEnd) refused.push(`${each.command.id}: ${code} to the end`);
          else waiting.push(each);
        }
      }
    },
  };
}

interface Answer {
  ok: boolean;
  text: string;
}

/** @throws {Error} if the server does not answer in time. */
async function ask(http: string, command: DeskCommand): Promise<Answer> {
  const { id, method, path, body, occurredAtMs } = command;
  const deadline = performance.now() + serverWithinMs;
  const occurredAt = new Date(occurredAtMs).toISOString();
  for (;;) {
    try {
      const response = await fetch(`${http}/api/v1${path}`, {
        method,
        headers: { "content-type": "application/json", "idempotency-key": id },
        body: JSON.stringify({ actor: "badge:1", occurredAt, ...body }),
        signal: AbortSignal.timeout(30_000),
      });
      const text = await response.text();
      if (response.status < 500) return { ok: response.ok, text };
    } catch (error) {
      // It is just starting again.
      if (performance.now() > deadline) throw error;
    }
    if (performance.now() > deadline) throw new Error(`${method} ${path} found no server`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function codeOf(text: string): string {
  try {
    return (JSON.parse(text) as { error?: { code?: string } }).error?.code ?? "";
  } catch {
    return "";
  }
}
