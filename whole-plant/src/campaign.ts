import { plantClock, type ClockSetting } from "@only-mes/protocols/plant/clock";
import type { ChaosProxy } from "@only-mes/simulators/faults/mqttChaosProxy";
import type { PlannedFault } from "@only-mes/simulators/faults/plan";
import type { Blindness } from "./compare.ts";
import { getJson } from "./plant-api.ts";
import type { Plant } from "./plant.ts";
import { until } from "./until.ts";

/** Injects planned faults into a running plant, each at its real time. */
export interface CampaignResult {
  /** Kind -> how often it was injected. */
  injected: Record<string, number>;
  blindness: Blindness[];
}

export interface CampaignInput {
  plant: Plant;
  proxy: ChaosProxy;
  clock: ClockSetting;
  plan: readonly PlannedFault[];
  /** Real time of the plan's instant 0, in performance.now(). */
  startedAt: number;
  say: (text: string) => void;
}

const recoveredWithinMs = 60_000;

/** What a gateway may not have seen yet before a fault, and needs to see again after it; real time. */
const blindBeforeMs = 500;
const blindAfterMs = 1500;

export async function runCampaign(input: CampaignInput): Promise<CampaignResult> {
  const result: CampaignResult = { injected: {}, blindness: [] };
  for (const fault of input.plan) {
    await waitUntil(input.startedAt + fault.atMs);
    input.say(`${(fault.atMs / 1000).toFixed(1).padStart(6)} s  ${fault.kind}`);
    result.injected[fault.kind] = (result.injected[fault.kind] ?? 0) + 1;
    const before = Date.now();
    await inject(input, fault);
    if (!blinds(fault.kind)) continue;
    await allDevicesConnected(input.plant);
    const { speed } = input.clock;
    const plantTimeOf = (real: number): number => plantClock(input.clock, () => real).now();
    result.blindness.push({
      kind: fault.kind,
      fromMs: plantTimeOf(before) - blindBeforeMs * speed - 2000,
      toMs: plantTimeOf(Date.now()) + blindAfterMs * speed,
    });
  }
  return result;
}

function blinds(kind: PlannedFault["kind"]): boolean {
  return kind === "killGateway" || kind === "disconnectPlc";
}

async function inject({ plant, proxy }: CampaignInput, fault: PlannedFault): Promise<void> {
  switch (fault.kind) {
    case "killGateway":
      return killAndAwait(plant, "gateway");
    case "killServer":
      return killAndAwait(plant, "server");
    case "killDatabase":
      return killPart(plant, "database");
    case "killBroker":
      return killPart(plant, "broker");
    case "disconnectPlc": {
      const { plc, realMs } = fault;
      await plant.simulators?.current().request({ type: "disconnect", plc, realMs });
      return waitUntil(performance.now() + (realMs ?? 0));
    }
    default:
      return proxy.inject(fault);
  }
}

async function killAndAwait(plant: Plant, which: "gateway" | "server"): Promise<void> {
  const victim = plant[which];
  const child = victim?.current();
  child?.kill();
  await child?.exited;
  await victim?.ready();
}

async function killPart(plant: Plant, part: "database" | "broker"): Promise<void> {
  const pids = await plant.server
    .current()
    .request<Record<string, number | null>>({ type: "pids" });
  const pid = pids[part];
  if (pid === null || pid === undefined) return;
  process.kill(pid, "SIGKILL");
}

export interface GatewayStatus {
  produced: Amount;
  acknowledged: Amount;
  held: Amount;
  dropped: Amount;
  devices: Record<string, { connected: boolean }>;
}

interface Amount {
  messages: number;
  samples: number;
}

export async function gatewayStatus(plant: Plant): Promise<GatewayStatus> {
  const ready = await plant.gateway?.ready();
  return (await getJson(`${String(ready?.http)}/status`)) as GatewayStatus;
}

export function allDevicesConnected(plant: Plant): Promise<true> {
  return until("every PLC connected", recoveredWithinMs, async () => {
    const { devices } = await gatewayStatus(plant);
    return Object.values(devices).every(({ connected }) => connected) ? true : undefined;
  });
}

function waitUntil(at: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, at - performance.now())));
}
