import path from "node:path";
import { parseArgs } from "node:util";
import { demoLines, demoPlant } from "./demo-plant.ts";
import { startPlantServer } from "./plant-server.ts";

/** The built console before a plant made of numbers: for looking at screens, and for nothing else. */
const { values } = parseArgs({
  options: { port: { type: "string", default: "0" }, lines: { type: "string", default: "2" } },
});
const plant = demoPlant(Date.now, demoLines(Number(values.lines)));
const server = await startPlantServer({
  plant,
  port: Number(values.port),
  consoleDir: path.join(import.meta.dirname, "../dist"),
});
process.stdout.write(`${server.url}/  and  ${server.url}/?brand=steinbach\n`);

setInterval(() => {
  for (const id of plant.lineIds()) {
    const { line, signals } = plant.line(id);
    if (line.stale) continue;
    const nowMs = plant.nowMs();
    const moved = Object.values(signals).map((signal) => {
      const { value } = signal;
      const next = typeof value === "number" && signal.role === "analog" ? value * wobble() : value;
      return [signal.id, { value: next, sourceTimeMs: nowMs }] as const;
    });
    const made = line.state === "Execute" ? Math.round(line.ratePerMinute / 60) : 0;
    const topics = plant.change(id, {
      line: {
        good: line.good + made,
        target: (line.target ?? 0) + (line.targetRatePerMinute ?? 0) / 60,
        lastSampleAtMs: nowMs,
      },
      signals: Object.fromEntries(moved),
    });
    for (const topic of topics) server.publish(topic);
  }
}, 1_000);

function wobble(): number {
  return 1 + (Math.random() - 0.5) / 200;
}
