import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KpiAnswer, KpiItem } from "@only-mes/protocols/console/kpis";
import { assembly } from "./fortnight/planning.ts";
import { liveThrough, type Lived } from "./fortnight/fortnight.ts";
import type { PlannedShift } from "./fortnight/calendar.ts";
import { repositoryRoot } from "./paths.ts";
import { getJson, getText } from "./plant-api.ts";

/** `npm run example`: a week of the simulated plant as its shift reports tell it, into docs/examples/week. */
const seed = 1;
const days = 7;
const speed = 2000;
const directory = join(repositoryRoot, "docs/examples/week");

const dataDir = mkdtempSync(join(tmpdir(), "only-mes-example-"));
const say = (text: string): void => void process.stderr.write(`${text}\n`);
say(`${days} days at ${speed} × real time`);
await liveThrough({ seed, days, speed, lanes: 2, isRough: false, dataDir, say }, writeWeek);
rmSync(dataDir, { recursive: true });

async function writeWeek(lived: Lived): Promise<void> {
  const { plant, shifts, fromMs, toMs } = lived;
  rmSync(directory, { recursive: true, force: true });
  mkdirSync(directory, { recursive: true });
  for (const shift of shifts) {
    const query = new URLSearchParams({ line: assembly, shift: nameOf(shift), format: "md" });
    const text = await getText(`${plant.http}/api/v1/handover?${query.toString()}`);
    writeFileSync(join(directory, fileOf(shift)), text);
  }
  const query = new URLSearchParams({
    equipment: assembly,
    by: "shift",
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
  });
  const kpis = (await getJson(`${plant.http}/api/v1/kpis?${query.toString()}`)) as KpiAnswer;
  writeFileSync(join(directory, "README.md"), overviewOf(shifts, kpis));
  say(`${shifts.length} reports in ${directory}`);
}

function overviewOf(shifts: readonly PlannedShift[], { items, total }: KpiAnswer): string {
  const rows = shifts.map((shift) => {
    const item = items.find(({ key }) => key === nameOf(shift));
    const name = `[${shift.businessDate} ${shift.name}](${fileOf(shift)})`;
    return item === undefined ? `| ${name} | | | | | | | |` : `| ${name} | ${figuresOf(item)} |`;
  });
  return `# A week of the assembly line

Seven days of the simulated plant \`riverside\` (seed ${seed}), as the shift reports of \`assembly-1\` tell them. \`npm run example\` makes
these pages: the plant is lived through, people name stops and change over, and \`GET /api/v1/handover?format=md\` is asked for each shift.
On the night from Saturday to Sunday the clocks go back, so that it has nine hours.

| shift | OEE | availability | performance | quality | good | scrap | stops begun |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${rows.join("\n")}
| **the week, pooled** | ${figuresOf(total)} |

The last row is not the mean of the rows above it: numerators and denominators are added, then divided ([docs/kpis.md](../../kpis.md)).
`;
}

function figuresOf({ kpis, pieces, stops }: Omit<KpiItem, "key" | "from" | "to">): string {
  const percent = (ratio: number | undefined): string =>
    ratio === undefined ? "" : `${(ratio * 100).toFixed(1)} %`;
  const { oee, availability, effectiveness, quality } = kpis;
  const count = (pieceCount: number): string => pieceCount.toLocaleString("en");
  return [
    ...[oee, availability, effectiveness, quality].map(percent),
    count(pieces.good),
    count(pieces.scrap),
    String(stops.stops),
  ].join(" | ");
}

function nameOf({ businessDate, name }: PlannedShift): string {
  return `${businessDate} ${name}`;
}

function fileOf({ businessDate, name }: PlannedShift): string {
  return `${businessDate}-${name}.md`;
}
