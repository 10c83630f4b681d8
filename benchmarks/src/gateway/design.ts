/** What is read: every PLC has as many float32 values, one behind the other in its holding registers. */
export interface GatewayLoad {
  readonly plcs: number;
  readonly tagsPerPlc: number;
  readonly periodMs: number;
}

export function tagsPerSecond({ plcs, tagsPerPlc, periodMs }: GatewayLoad): number {
  return (plcs * tagsPerPlc * 1000) / periodMs;
}

const registersPerTag = 2;
/** As many whole values as one Modbus request may bring: 125 registers would cut one in two. */
const registersPerRequestMax = 124;

/** The requests that bring all values of a PLC. */
export function requestsOf(tagsPerPlc: number): { first: number; count: number }[] {
  const registers = tagsPerPlc * registersPerTag;
  const requests = Math.ceil(registers / registersPerRequestMax);
  return Array.from({ length: requests }, (_, index) => {
    const first = index * registersPerRequestMax;
    return { first, count: Math.min(registersPerRequestMax, registers - first) };
  });
}

export function plcId(plc: number): string {
  return `plc-${plc}`;
}

export function signalOf(plc: number, tag: number): string {
  return `machine/p${plc}-v${tag}`;
}

/** The device map of these PLCs; JSON is YAML. */
export function deviceMapText({ tagsPerPlc, periodMs }: GatewayLoad, endpoints: string[]): string {
  const unit = { id: "machine", name: "Machine", pacesLine: true, outputOfLine: true };
  return JSON.stringify({
    version: 1,
    enterprise: "bench",
    site: "bench",
    gateway: "gateway",
    lines: [{ id: "line", name: "Line", area: "area", units: [unit] }],
    devices: endpoints.map((endpoint, plc) => ({
      id: plcId(plc),
      driver: "modbus",
      endpoint,
      line: "line",
      periodMs,
      tags: Array.from({ length: tagsPerPlc }, (_, tag) => ({
        signal: signalOf(plc, tag),
        address: `holding:${tag * registersPerTag}`,
        type: "float32",
      })),
    })),
  });
}

/**
 * The value of every register at every moment: the time of this machine in milliseconds, as far as a
 * float32 holds it exactly. So whoever hears a value knows by itself how old it is.
 */
const clockRange = 2 ** 24;

export function clockValue(nowMs: number): number {
  return nowMs % clockRange;
}

export function ageOf(value: number, nowMs: number): number {
  const age = clockValue(nowMs) - value;
  return age < -clockRange / 2 ? age + clockRange : age;
}
