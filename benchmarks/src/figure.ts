import { cpus, totalmem } from "node:os";

/** One measured number. Shape of `npm run bench -- … --json`. */
export interface Figure {
  name: string;
  value: number;
  unit: "ratio" | "samples/s" | "rows/s" | "ms" | "s" | "MB" | "count";
  target?: number;
  better: "higher" | "lower";
}

export interface Report {
  machine: { cpu: string; cores: number; memoryGb: number; node: string; database: string };
  figures: Figure[];
}

export function report(figures: Figure[], database: string): Report {
  const [first] = cpus();
  return {
    machine: {
      cpu: first?.model ?? "unknown",
      cores: cpus().length,
      memoryGb: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      database,
    },
    figures,
  };
}

export function inWords({ machine, figures }: Report): string {
  const head = `${machine.cores} × ${machine.cpu}, ${machine.memoryGb} GB, Node ${machine.node}, ${machine.database}`;
  const rows = figures.map(({ name, value, unit, target, better }) => {
    const aim = target === undefined ? "" : `   (${better === "higher" ? ">=" : "<="} ${target})`;
    return `  ${name.padEnd(36)} ${shown(value).padStart(12)} ${unit}${aim}`;
  });
  return `${head}\n${rows.join("\n")}\n`;
}

/** The p-th percentile (0 to 1) by the nearest rank. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] ?? Number.NaN;
}

function shown(value: number): string {
  return Math.abs(value) >= 100 ? Math.round(value).toLocaleString("en") : value.toFixed(2);
}
