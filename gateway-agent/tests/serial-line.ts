import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Duplex } from "node:stream";
import { SerialPort } from "serialport";
import { rtuDevices, type RtuDevices } from "./rtu-bus.ts";
import type { Wire } from "./wire.ts";

/** A serial line between two pseudo-terminals of socat: the driver at one end, devices at the other. */
export interface SerialLine extends RtuDevices {
  readonly endpoint: string;
  readonly wire: Wire;
  close(): Promise<void>;
}

/** Says so, in print, where serial lines cannot be tested. */
export function hasSocat(): boolean {
  const isLinux = process.platform === "linux";
  const isHere = isLinux && spawnSync("socat", ["-V"]).status === 0;
  if (!isHere) {
    const why = isLinux
      ? "socat is not installed (apt install socat)"
      : "only Linux tells who has a terminal open";
    process.stderr.write(`NOT TESTED: serial lines. ${why}.\n`);
  }
  return isHere;
}

export async function startSerialLine(...ids: number[]): Promise<SerialLine> {
  const devices = rtuDevices(...ids);
  const folder = await mkdtemp(join(tmpdir(), "serial-"));
  const near = join(folder, "near");
  const far = join(folder, "far");
  let cable: ChildProcess | undefined;
  let port: SerialPort | undefined;
  /** socat ends when nobody has its terminal open any more. */
  let keeper: number | undefined;
  let isDark = false;
  let swallowed = 0;
  let mangle: Parameters<Wire["mangle"]>[0];

  const plug = async () => {
    const end = (link: string) => `pty,rawer,link=${link}`;
    const socat = spawn("socat", ["-d", "-d", end(near), end(far)], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    cable = socat;
    process.once("exit", () => socat.kill());
    for await (const line of socat.stderr) {
      if (String(line).includes("starting data transfer")) break;
    }
    socat.stderr.resume();
    keeper = openSync(near, constants.O_RDWR | constants.O_NOCTTY);
    const opened = new SerialPort({ path: far, baudRate: 115_200, autoOpen: false });
    const { promise, resolve } = Promise.withResolvers<void>();
    opened.open(() => resolve());
    await promise;
    port = opened;
    listen(opened);
  };
  const listen = (opened: SerialPort) => {
    const line = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        const said = isDark ? [] : (mangle?.(chunk) ?? [chunk]);
        for (const part of said) opened.write(part);
        done();
      },
    });
    opened.on("data", (chunk: Buffer) => {
      if (isDark) swallowed += 1;
      else line.push(chunk);
    });
    opened.on("error", () => line.destroy());
    opened.on("close", () => line.destroy());
    devices.listen(line);
  };
  const unplug = async () => {
    port?.destroy();
    port = undefined;
    if (keeper !== undefined) closeSync(keeper);
    keeper = undefined;
    if (cable === undefined || cable.exitCode !== null) return;
    const ended = once(cable, "exit");
    cable.kill();
    cable = undefined;
    await ended;
  };
  await plug();
  return Object.assign(devices, {
    endpoint: `serial://${near}`,
    wire: {
      port: 0,
      connections: () => openFilesAt(near) - (keeper === undefined ? 0 : 1),
      clientPorts: () => [],
      reset: () => void unplug().then(plug),
      unplug,
      plug,
      blackHole: (isOn: boolean) => {
        isDark = isOn;
      },
      swallowed: () => swallowed,
      mangle: (how: typeof mangle) => {
        mangle = how;
      },
      close: unplug,
    },
    async close() {
      await unplug();
      await rm(folder, { recursive: true, force: true });
    },
  });
}

/** How often this process has a terminal open: Linux tells. */
function openFilesAt(link: string): number {
  let terminal: string;
  try {
    terminal = realpathSync(link);
  } catch {
    return 0;
  }
  return readdirSync("/proc/self/fd").filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === terminal;
    } catch {
      return false;
    }
  }).length;
}
