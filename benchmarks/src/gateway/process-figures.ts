/** What a process says of itself among its own Prometheus metrics. */
export async function processFigures(http: string): Promise<{ cpuSeconds: number; rssMb: number }> {
  const text = await (await fetch(`${http}/metrics`)).text();
  const value = (name: string): number => {
    const found = new RegExp(`^${name} (\\S+)`, "m").exec(text)?.[1];
    if (found === undefined) throw new Error(`${http}/metrics has no ${name}`);
    return Number(found);
  };
  return {
    cpuSeconds: value("process_cpu_seconds_total"),
    rssMb: value("process_resident_memory_bytes") / 2 ** 20,
  };
}
