import type { Device, DeviceMap } from "@only-mes/protocols/device-map/schema";
import {
  askBytesMax,
  inspectAsk,
  type InspectAnswer,
  type InspectAsk,
  type InspectRefusal,
} from "@only-mes/protocols/inspection/messages";
import type { Buses } from "../../drivers/modbus/bus.ts";
import { CallError } from "../command.ts";
import { modbusAt, opcuaAt } from "../target.ts";
import { browseFor } from "./browse-for.ts";
import { probeFor } from "./probe-for.ts";

export interface DeskOptions {
  /** The map in force: its allow-list, and its devices. */
  readonly map: () => DeviceMap;
  readonly dataDir: string;
  /** Those of the drivers: a probe waits for its turn on a connection that is there already. */
  readonly buses: Buses;
  readonly asked: (ask: InspectAsk, endpoint: string, outcome: string) => void;
}

/** Asks that wait behind the one that is being answered. */
const waitingMax = 4;
/** A broker may deliver a message twice: it is answered once. */
const idsKept = 200;

/** A refusal that an asker can act upon. */
class Refusal extends Error {
  readonly code: InspectRefusal["code"];

  constructor(code: InspectRefusal["code"], message: string) {
    super(message);
    this.name = "Refusal";
    this.code = code;
  }
}

/**
 * Answers who asks from afar: one after the other, each within its time, and about no endpoint but
 * those that the map allows.
 */
export class InspectionDesk {
  readonly #options: DeskOptions;
  readonly #ids = new Set<string>();
  readonly #stopping = new AbortController();
  #waiting = 0;
  #last: Promise<void> = Promise.resolve();

  constructor(options: DeskOptions) {
    this.#options = options;
  }

  /** `undefined` where nobody could hear an answer: no id, or one that was answered already. */
  async answer(payload: Uint8Array): Promise<InspectAnswer | undefined> {
    const body = bodyOf(payload);
    const id = idOf(body);
    if (id === undefined || this.#ids.has(id) || this.#stopping.signal.aborted) return undefined;
    this.#remember(id);
    try {
      const ask = parseAsk(body);
      const device = this.#deviceOf(ask);
      const answer = await this.#inTurn(ask, device);
      this.#options.asked(ask, device.endpoint, "answered");
      return answer;
    } catch (error) {
      const { code, message } = refusalOf(error);
      const ask = inspectAsk.safeParse(body).data;
      if (ask !== undefined) this.#options.asked(ask, ask.endpoint ?? ask.device ?? "", code);
      return { id, isAnswered: false, code, message: message.slice(0, 2000) };
    }
  }

  /** Nothing new is begun; resolves when what was begun has let go of its connections. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#last;
  }

  #remember(id: string): void {
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > idsKept && oldest !== undefined) this.#ids.delete(oldest);
  }

  /** @throws {Refusal} */
  #deviceOf({ kind, device: name, endpoint, ...ask }: InspectAsk): Device {
    const map = this.#options.map();
    const mapped = name === undefined ? undefined : map.devices.find(({ id }) => id === name);
    if (name !== undefined && mapped === undefined) {
      throw new Refusal("notFound", `the map has no device "${name}"`);
    }
    const wanted = mapped?.endpoint ?? endpoint ?? "";
    const allowed = map.inspect?.endpoints ?? [];
    if (!allowed.some((one) => plain(one) === plain(wanted))) {
      throw new Refusal(
        "notAllowed",
        `${wanted} is not on the list inspect.endpoints of the gateway's map`,
      );
    }
    const unitId = "unitId" in ask && ask.unitId !== undefined ? { unitId: ask.unitId } : {};
    const driver = kind === "browse" ? "opcua" : "modbus";
    if (mapped !== undefined) {
      if (mapped.driver === driver) return { ...mapped, ...unitId };
      throw new Refusal("notFound", `device "${name}" is of ${mapped.driver}: nothing to ${kind}`);
    }
    return driver === "opcua" ? opcuaAt(wanted, {}) : modbusAt(wanted, unitId);
  }

  async #inTurn(ask: InspectAsk, device: Device): Promise<InspectAnswer> {
    if (this.#waiting > waitingMax) {
      throw new Refusal("busy", `${this.#waiting} others are being answered; ask again`);
    }
    this.#waiting += 1;
    const before = this.#last;
    const over = AbortSignal.timeout(ask.timeLimitMs);
    const signal = AbortSignal.any([over, this.#stopping.signal]);
    const work = (async () => {
      await before;
      signal.throwIfAborted();
      return await this.#perform(ask, device, signal);
    })();
    // Its turn ends when it has let go, even if the asker has his answer by then.
    this.#last = work.then(
      () => undefined,
      () => undefined,
    );
    void this.#last.then(() => (this.#waiting -= 1));
    return await Promise.race([work, timeOver(signal, ask.timeLimitMs)]);
  }

  async #perform(ask: InspectAsk, device: Device, signal: AbortSignal): Promise<InspectAnswer> {
    const { dataDir, buses } = this.#options;
    if (ask.kind === "browse" && device.driver === "opcua") {
      return await browseFor(ask, device, dataDir, signal);
    }
    if (ask.kind === "probe" && device.driver === "modbus") {
      return await probeFor(ask, device, buses, signal);
    }
    throw new Refusal("notFound", `nothing to ${ask.kind}`);
  }
}

async function timeOver(signal: AbortSignal, limitMs: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  const refuse = () => reject(new Refusal("timeLimit", `it was not done within ${limitMs} ms`));
  if (signal.aborted) refuse();
  else signal.addEventListener("abort", refuse, { once: true });
  return await promise;
}

function bodyOf(payload: Uint8Array): unknown {
  if (payload.length > askBytesMax) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload)) as unknown;
  } catch {
    return undefined;
  }
}

function idOf(body: unknown): string | undefined {
  if (typeof body !== "object" || body === null || !("id" in body)) return undefined;
  const { id } = body;
  return typeof id === "string" && /^[A-Za-z0-9_-]{8,64}$/.test(id) ? id : undefined;
}

function parseAsk(body: unknown): InspectAsk {
  const parsed = inspectAsk.safeParse(body);
  if (parsed.success) return parsed.data;
  const why = parsed.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  throw new Refusal("malformed", why.join("; "));
}

function plain(endpoint: string): string {
  return endpoint.toLowerCase().replace(/\/+$/, "");
}

function refusalOf(error: unknown): { code: InspectRefusal["code"]; message: string } {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof Refusal) return { code: error.code, message };
  if (error instanceof CallError) return { code: "malformed", message };
  if (error instanceof RangeError) return { code: "notFound", message };
  return { code: "outOfReach", message };
}
