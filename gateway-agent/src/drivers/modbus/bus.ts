import type { ModbusDevice } from "@only-mes/protocols/device-map/schema";
import { Fence } from "./fence.ts";
import { LinkFault, type Link } from "./link.ts";
import { openLink, serialDefaults } from "./open-link.ts";
import { pause } from "./pause.ts";
import type { Answer, Pdu } from "./pdu.ts";
import { silenceMs } from "./rtu.ts";

/** A request whose time was over before it could be sent. */
export class TooLate extends Error {
  constructor() {
    super("its time was over before it could be sent");
    this.name = "TooLate";
  }
}

/** One device on its bus. */
export interface BusUnit {
  /**
   * In its turn: one request is in flight on a bus.
   * @throws {LinkFault} if no answer came; {@link TooLate} if `isInTime` said no just before it went out.
   */
  ask(pdu: Pdu, isInTime?: () => boolean): Promise<Answer>;
  /** All that was due has been read. */
  endCycle(): void;
  /** Whether other units wait while this one is asked. */
  readonly isShared: boolean;
  /** Nothing more is asked; the last one to go closes the connection. */
  leave(): void;
}

interface Job {
  readonly device: ModbusDevice;
  readonly pdu: Pdu;
  readonly isInTime: (() => boolean) | undefined;
  readonly done: (answer: Answer) => void;
  readonly failed: (error: unknown) => void;
}

/** Reads that may be asked to find out whether anything late is on its way. */
const probesMax = 6;
/** On a TCP connection nobody waits for a silence; after a fault it shows that nothing more comes. */
const quietAfterFaultMs = 20;

/**
 * One endpoint, and the units behind it: a device server, a gateway with a serial line, or one PLC.
 * Requests go out in the order in which they were asked, so that each unit has its turn.
 */
export class Bus {
  readonly #units = new Set<ModbusDevice>();
  readonly #fence = new Fence(() => performance.now());
  readonly #jobs: Job[] = [];
  readonly #gone: () => void;
  #isServing = false;
  #current: Job | undefined;
  #link: Link | undefined;
  /** Timeouts since anybody answered. */
  #timeouts = 0;
  #isNoisy = false;
  #restUntil = 0;
  readonly #leaving = new AbortController();

  /** `gone` is called when the last unit has left. */
  constructor(gone: () => void) {
    this.#gone = gone;
  }

  join(device: ModbusDevice): BusUnit {
    const units = this.#units;
    units.add(device);
    let isHere = true;
    return {
      ask: (pdu, isInTime) =>
        new Promise((done, failed) => {
          if (!isHere) return failed(stopped());
          this.#jobs.push({ device, pdu, isInTime, done, failed });
          if (!this.#isServing) void this.#serve();
        }),
      endCycle: () => {
        if (device.closeAfterCycle && this.#jobs.length === 0 && !this.#isServing) this.#close();
      },
      get isShared() {
        return units.size > 1;
      },
      leave: () => {
        isHere = false;
        units.delete(device);
        this.#dismiss(device);
        if (units.size > 0) return;
        this.#leaving.abort();
        this.#close();
        this.#gone();
      },
    };
  }

  async #serve(): Promise<void> {
    this.#isServing = true;
    for (let job = this.#jobs.shift(); job !== undefined; job = this.#jobs.shift()) {
      this.#current = job;
      try {
        job.done(await this.#answer(job));
      } catch (error) {
        job.failed(error);
        // Who waits for a connection that cannot be made need not try it once more each.
        if (error instanceof LinkFault && error.code === "unreachable") this.#failAll(error);
      }
    }
    this.#current = undefined;
    this.#isServing = false;
  }

  #answer(job: Job): Promise<Answer> {
    const link = this.#link;
    // The way of most requests, many thousand times a second: nothing is to be waited for.
    if (link !== undefined && !link.hasNoIds && this.#restUntil === 0) return this.#send(link, job);
    return this.#prepare(job);
  }

  async #prepare(job: Job): Promise<Answer> {
    const { device, pdu } = job;
    const link = this.#link ?? (await this.#open(device));
    await this.#rest(link);
    if (link.hasNoIds) await this.#passFence(link, device, pdu);
    return this.#send(link, job);
  }

  async #send(link: Link, { device, pdu, isInTime }: Job): Promise<Answer> {
    if (isInTime?.() === false) throw new TooLate();
    return this.#exchange(link, device, pdu);
  }

  /** @throws {LinkFault} if late answers may still be on their way. */
  async #passFence(link: Link, device: ModbusDevice, pdu: Pdu): Promise<void> {
    const { unitId } = device;
    for (let probes = 0; probes < probesMax; probes += 1) {
      const probe = this.#fence.probeBefore(unitId, pdu);
      if (probe === undefined) return;
      const { kind } = await this.#exchange(link, device, probe);
      await this.#rest(link);
      if (this.#fence.answered(unitId, probe, kind)) return;
    }
    throw new LinkFault("timeout", "late answers may be on their way");
  }

  async #exchange(link: Link, device: ModbusDevice, pdu: Pdu): Promise<Answer> {
    try {
      const answer = await link.exchange(device.unitId, pdu, device.timeoutMs);
      this.#timeouts = 0;
      this.#isNoisy = false;
      return answer;
    } catch (error) {
      this.#isNoisy = true;
      if (error instanceof LinkFault && error.code !== "closed" && link.hasNoIds) {
        this.#fence.timedOut(device.unitId, pdu);
      }
      if (error instanceof LinkFault && error.code === "timeout") this.#timeouts += 1;
      // A unit that is silent beside others that answer is no reason to cut these off.
      const timeoutsMax = link.hasNoIds ? 2 : Math.min(this.#units.size, 2);
      if (link.isGone || this.#timeouts >= timeoutsMax) this.#close();
      throw error;
    } finally {
      const { pauseBetweenRequestsMs } = device;
      this.#restUntil = pauseBetweenRequestsMs > 0 ? performance.now() + pauseBetweenRequestsMs : 0;
    }
  }

  async #open(device: ModbusDevice): Promise<Link> {
    const pauses = [...this.#units].map(({ pauseAfterConnectMs }) => pauseAfterConnectMs);
    const link = await openLink(device, device.timeoutMs, this.#leaving.signal);
    this.#link = link;
    this.#timeouts = 0;
    await this.#wait(Math.max(0, ...pauses));
    return link;
  }

  /** The pauses that devices need, and the silence that ends a frame of RTU. */
  async #rest(link: Link): Promise<void> {
    const now = performance.now();
    if (this.#restUntil > now) await this.#wait(this.#restUntil - now);
    if (!link.hasNoIds) return;
    for (;;) {
      const waitMs = this.#silenceMs() - link.silentForMs;
      if (waitMs <= 0 || link.isGone) return;
      await this.#wait(Math.ceil(waitMs));
    }
  }

  #silenceMs(): number {
    const [device] = this.#units;
    const isSerial = device?.endpoint.startsWith("serial:") === true;
    const frameEndMs = isSerial ? silenceMs((device?.serial ?? serialDefaults).baudRate) : 0;
    return this.#isNoisy ? Math.max(frameEndMs, quietAfterFaultMs) : frameEndMs;
  }

  async #wait(ms: number): Promise<void> {
    if (ms <= 0) return;
    await pause(ms, this.#leaving.signal);
    if (this.#leaving.signal.aborted) throw stopped();
  }

  #close(): void {
    this.#link?.destroy();
    this.#link = undefined;
  }

  #failAll(fault: LinkFault): void {
    for (const job of this.#jobs.splice(0)) job.failed(fault);
  }

  /** The request in flight goes on if others use the connection; nobody waits for it. */
  #dismiss(device: ModbusDevice): void {
    if (this.#current?.device === device) this.#current.failed(stopped());
    for (const job of this.#jobs.splice(0)) {
      if (job.device === device) job.failed(stopped());
      else this.#jobs.push(job);
    }
  }
}

function stopped(): LinkFault {
  return new LinkFault("closed", "the device was stopped");
}

/** The buses of one gateway: devices with one endpoint share one. */
export class Buses {
  readonly #byEndpoint = new Map<string, Bus>();

  join(device: ModbusDevice): BusUnit {
    const { endpoint } = device;
    const bus = this.#byEndpoint.get(endpoint) ?? new Bus(() => this.#byEndpoint.delete(endpoint));
    this.#byEndpoint.set(endpoint, bus);
    return bus.join(device);
  }
}
