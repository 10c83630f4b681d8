import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { openLog } from "./log-file.ts";
import { compileCacheDir } from "./paths.ts";

/**
 * One process of the plant. It is its own process group, so that Ctrl-C reaches the supervisor
 * alone, and it ends by itself when the IPC channel to the supervisor closes, however that died.
 */
export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly ready: Promise<ReadyMessage>;
  readonly exited: Promise<Exit>;
  /** Sends `{...message, id}` and resolves with the answer of the same id. */
  request<Answer>(message: { type: string } & Record<string, unknown>): Promise<Answer>;
  /** Asks it to end, and kills it after the grace time. */
  stop(graceMs: number): Promise<void>;
  kill(): void;
}

export interface ReadyMessage extends Record<string, unknown> {
  type: "ready";
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The end of what it wrote to stderr: why it ended. */
  lastWords: string;
}

export interface ChildCommand {
  name: string;
  script: string;
  args: string[];
  logFile: string;
  /** Added to this process's own environment. */
  env?: Record<string, string>;
}

const lastWordsMax = 4000;
const lastWordsWithinMs = 300;

export function startChild({ name, script, args, logFile, env }: ChildCommand): Child {
  const process_ = spawn(process.execPath, [script, ...args], {
    stdio: ["ignore", "ignore", "pipe", "ipc"],
    detached: true,
    env: { NODE_COMPILE_CACHE: compileCacheDir, ...process.env, ...env },
  });
  const log = openLog(logFile);
  let lastWords = "";
  process_.stderr?.setEncoding("utf8").on("data", (text: string) => {
    lastWords = (lastWords + text).slice(-lastWordsMax);
    log.write(text);
  });
  const exited = once(process_, "exit").then(async ([code, signal]): Promise<Exit> => {
    await lastWordsHeard(process_);
    log.close();
    return { code: code as number | null, signal: signal as NodeJS.Signals | null, lastWords };
  });
  const conversation = converse(process_);
  const ready = Promise.race([
    conversation.ready,
    exited.then((exit): never => {
      throw new ChildFailed(name, exit);
    }),
  ]);
  ready.catch(() => {});
  return {
    name,
    pid: process_.pid ?? -1,
    ready,
    exited,
    request: conversation.request,
    stop: (graceMs) => stop(process_, exited, graceMs),
    kill: () => void process_.kill("SIGKILL"),
  };
}

/** Its own children share stderr and may live a little longer: the wait is bounded. */
async function lastWordsHeard({ stderr }: ChildProcess): Promise<void> {
  if (stderr === null || stderr.closed) return;
  const timer = setTimeout(() => stderr.destroy(), lastWordsWithinMs);
  await once(stderr, "close");
  clearTimeout(timer);
}

/** A process ended before it was ready. */
export class ChildFailed extends Error {
  readonly exit: Exit;

  constructor(name: string, exit: Exit) {
    super(`${name} ended with ${exit.signal ?? `code ${exit.code}`} before it was ready`);
    this.exit = exit;
  }
}

function converse(process_: ChildProcess): Pick<Child, "request"> & {
  ready: Promise<ReadyMessage>;
} {
  const { promise: ready, resolve } = Promise.withResolvers<ReadyMessage>();
  const waiting = new Map<
    number,
    { answered: (answer: unknown) => void; failed: (error: Error) => void }
  >();
  let nextId = 1;
  process_.once("exit", () => {
    for (const { failed } of waiting.values()) failed(new Error("it ended before it answered"));
    waiting.clear();
  });
  process_.on("message", (message: { type?: string; id?: number }) => {
    if (message.type === "ready") resolve(message as ReadyMessage);
    if (message.id === undefined) return;
    waiting.get(message.id)?.answered(message);
    waiting.delete(message.id);
  });
  return {
    ready,
    request: <Answer>(message: { type: string }) =>
      new Promise<Answer>((answered, failed) => {
        const id = nextId++;
        waiting.set(id, { answered: answered as (answer: unknown) => void, failed });
        process_.send({ ...message, id }, (error) => {
          if (error !== null) failed(error);
        });
      }),
  };
}

async function stop(process_: ChildProcess, exited: Promise<Exit>, graceMs: number): Promise<void> {
  if (process_.exitCode !== null || process_.signalCode !== null) return;
  if (process_.connected) process_.send({ type: "shutdown" }, () => {});
  else process_.kill("SIGTERM");
  const timer = setTimeout(() => process_.kill("SIGKILL"), graceMs);
  await exited;
  clearTimeout(timer);
}
