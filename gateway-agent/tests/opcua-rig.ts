import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { opcuaDevice } from "@only-mes/protocols/device-map/schema";
import { plantClock } from "@only-mes/protocols/plant/clock";
import { inspect, isDeepStrictEqual } from "node:util";
import { vi } from "vitest";
import type { Driver } from "../src/drivers/contract.ts";
import { opcuaDriver } from "../src/drivers/opcua/connection.ts";
import { startOpcuaPlc, type OpcuaPlc, type OpcuaPlcOptions } from "./opcua-plc.ts";
import { RecordingSink } from "./recording-sink.ts";

export const within = { timeout: 8000, interval: 5 };

/** One OPC UA driver against one real server, in folders of their own. */
export class OpcuaRig {
  readonly sink = new RecordingSink();
  readonly dataDir: string;
  #plc: OpcuaPlc | undefined;
  #driver: Driver | undefined;

  private constructor(dataDir: string) {
    this.dataDir = dataDir;
  }

  static async make(): Promise<OpcuaRig> {
    return new OpcuaRig(await mkdtemp(join(tmpdir(), "opcua-")));
  }

  async plc(options: OpcuaPlcOptions): Promise<OpcuaPlc> {
    this.#plc = await startOpcuaPlc(options);
    return this.#plc;
  }

  drive(endpoint: string, tags: readonly object[], more: object = {}): Driver {
    const device = opcuaDevice.parse({
      id: "plc",
      driver: "opcua",
      endpoint,
      line: "line",
      periodMs: 20,
      publishingIntervalMs: 20,
      tags: tags.map((tag, index) => ({ signal: `unit/s${index}`, ...tag })),
      ...more,
    });
    this.#driver = opcuaDriver({
      device,
      clock: plantClock(),
      sink: this.sink,
      dataDir: this.dataDir,
      random: () => 0.5,
    });
    this.#driver.start();
    return this.#driver;
  }

  async connected(): Promise<void> {
    await vi.waitFor(() => demand(this.sink.isConnected, "it is not connected"), within);
  }

  /** Values of the tags, in their order. */
  values(count: number): unknown[] {
    return Array.from({ length: count }, (_, tag) => this.sink.value(tag));
  }

  async shows(...expected: unknown[]): Promise<void> {
    await vi.waitFor(() => {
      const values = this.values(expected.length);
      demand(isDeepStrictEqual(values, expected), `it shows ${inspect(values)}`);
    }, within);
  }

  async says(what: RegExp): Promise<void> {
    await vi.waitFor(() => {
      const said = this.sink.errors().map(({ message }) => message);
      demand(
        said.some((message) => what.test(message)),
        `it said ${inspect(said)}`,
      );
    }, within);
  }

  async stopDriver(): Promise<void> {
    await this.#driver?.stop();
    this.#driver = undefined;
  }

  async end(): Promise<void> {
    await this.stopDriver();
    await this.#plc?.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

function demand(condition: boolean, why: string): void {
  if (!condition) throw new Error(why);
}

export const at = (name: string) => `nsu=urn:test:plc;s=${name}`;
