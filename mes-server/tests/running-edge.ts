import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  consoleProtocolVersion,
  type ConsoleToServer,
  type Frame,
  type ServerToConsole,
  type SubscribeAnswer,
  type SubscribeRequest,
} from "@only-mes/protocols/console/live";
import { brandPack, type BrandPack } from "@only-mes/protocols/brand-pack/schema";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { Pool } from "pg";
import { pino } from "pino";
import { Registry } from "prom-client";
import { io, type Socket } from "socket.io-client";
import { gatewayTalk } from "../src/gateways/gatewayTalk.ts";
import { createHttpEdge, type HttpEdge, type HttpEdgeDeps } from "../src/operations/http.ts";
import { loadSignals } from "../src/store/loadSignals.ts";
import type { ReadinessPart } from "../src/operations/health.ts";

/** Plant time that stands still until a test moves it; what is checked each second is so 10 times. */
export class TestClock implements PlantClock {
  readonly speed = 10;
  nowMs: number;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  now(): number {
    return this.nowMs;
  }

  realDelayMs(plantMs: number): number {
    return plantMs / this.speed;
  }
}

export const logoSvg =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h8v8z"/></svg>';

export function packOf(id: string, changes: Partial<BrandPack> = {}): BrandPack {
  const colour = ($value: string) => ({ $type: "color" as const, $value });
  const bright = {
    background: colour("#ffffff"),
    surface: colour("#f7f7f7"),
    raised: colour("#f0f0f0"),
    border: colour("#cccccc"),
    text: colour("#111111"),
    textQuiet: colour("#444444"),
    accent: colour("#00508a"),
    onAccent: colour("#ffffff"),
  };
  const dark = {
    background: colour("#101010"),
    surface: colour("#181818"),
    raised: colour("#202020"),
    border: colour("#333333"),
    text: colour("#f0f0f0"),
    textQuiet: colour("#b0b0b0"),
    accent: colour("#66bbff"),
    onAccent: colour("#101010"),
  };
  return brandPack.parse({
    schemaVersion: 1,
    id,
    version: "1.0.0",
    coreRange: "^0.1.0",
    name: `Brand ${id}`,
    hosts: [`${id}.example`],
    locale: "en",
    logo: "logo.svg",
    tokens: {
      bright,
      dark,
      cornerRadius: { $type: "dimension", $value: { value: 4, unit: "px" } },
      fontFamily: { $type: "fontFamily", $value: ["sans-serif"] },
    },
    ...changes,
  });
}

export async function writePack(
  brandsDir: string,
  folder: string,
  pack: unknown,
  svg = logoSvg,
): Promise<void> {
  await mkdir(join(brandsDir, folder), { recursive: true });
  await writeFile(join(brandsDir, folder, "brand.json"), JSON.stringify(pack));
  await writeFile(join(brandsDir, folder, "logo.svg"), svg);
}

export interface RunningEdge extends HttpEdge {
  url: string;
  clock: TestClock;
  registry: Registry;
  directory: string;
}

export interface EdgeOptions {
  pool: Pool;
  clock: TestClock;
  config?: Partial<HttpEdgeDeps["config"]>;
  readiness?: () => Promise<ReadinessPart[]>;
}

/** The whole HTTP side on a free port, with two brands: `plain`, the default, and `acme`. */
export async function startEdge(options: EdgeOptions): Promise<RunningEdge> {
  const directory = await mkdtemp(join(tmpdir(), "only-mes-edge-"));
  const brandsDir = join(directory, "brands");
  await writePack(brandsDir, "plain", packOf("plain", { hosts: ["*"] }));
  await writePack(brandsDir, "acme", packOf("acme"));
  const registry = new Registry();
  const edge = createHttpEdge({
    config: {
      httpPort: 0,
      httpHost: "127.0.0.1",
      consoleDir: join(directory, "console"),
      brandsDir,
      allowBrandQuery: false,
      changesFrom: "own-machine",
      siteTimeZone: "Europe/Berlin",
      ...options.config,
    },
    pool: options.pool,
    plantChanged: async (recalculated = []) => {
      const signals = await loadSignals(options.pool);
      edge.listener.onSignals(signals.filter(({ isRetired }) => !isRetired));
      const nothing = { latest: [], counts: [], states: [] };
      edge.listener.onCommitted({ committedAtMs: options.clock.now(), ...nothing, recalculated });
    },
    maps: gatewayTalk({ pool: options.pool, log: pino({ level: "silent" }) }).maps,
    clock: options.clock,
    log: pino({ level: "silent" }),
    registry,
    readiness: options.readiness ?? (() => Promise.resolve([])),
  });
  const { url } = await edge.listen();
  return {
    listener: edge.listener,
    tell: edge.tell,
    linePictures: () => edge.linePictures(),
    lines: () => edge.lines(),
    listen: () => edge.listen(),
    url,
    clock: options.clock,
    registry,
    directory,
    async close() {
      await edge.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

export type ConsoleSocket = Socket<ServerToConsole, ConsoleToServer>;

export function socketTo(url: string, auth: object = { protocolVersion: consoleProtocolVersion }) {
  const socket: ConsoleSocket = io(url, {
    transports: ["websocket"],
    auth,
    forceNew: true,
    reconnection: false,
  });
  return socket;
}

/** A console that keeps every frame; it answers them unless it is told to stall. */
export class TestConsole {
  readonly socket: ConsoleSocket;
  readonly frames: Frame[] = [];
  isStalled = false;
  #unanswered: (() => void)[] = [];

  constructor(url: string) {
    this.socket = socketTo(url);
    this.socket.on("frame", (frame, applied) => {
      this.frames.push(frame);
      if (this.isStalled) this.#unanswered.push(applied);
      else applied();
    });
  }

  subscribe(request: SubscribeRequest): Promise<SubscribeAnswer> {
    return this.socket.emitWithAck("subscribe", request);
  }

  answerAll(): void {
    this.isStalled = false;
    for (const applied of this.#unanswered.splice(0)) applied();
  }

  close(): void {
    this.socket.disconnect();
  }
}
