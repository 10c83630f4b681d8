import { liveThrough, type FortnightInput } from "./fortnight.ts";
import { judgeFortnight, type Judgement } from "./judge.ts";

/** Shape of `npm run simulate -- --days N --json`. */
export interface DaysVerdict extends Judgement {
  seed: number;
  days: number;
  equal: boolean;
  faults: Record<string, number>;
  figures: { realSeconds: number; messages: number; samples: number; late: number; resent: number };
}

export async function simulateDays(input: FortnightInput): Promise<DaysVerdict> {
  const begun = performance.now();
  input.say(`${input.days} days at ${input.speed} × real time`);
  return liveThrough(input, async (lived) => {
    const judgement = await judgeFortnight(lived);
    return {
      seed: input.seed,
      days: input.days,
      equal: judgement.differences.length === 0,
      ...judgement,
      faults: lived.kills,
      figures: { realSeconds: Math.round((performance.now() - begun) / 1000), ...lived.pumped },
    };
  });
}

export function daysInWords({ equal, differences, truth, result, figures }: DaysVerdict): string {
  const rows = Object.entries(result.units).map(
    ([unit, { good, scrap, stateChanges }]) =>
      `  ${unit.padEnd(24)} good ${String(good).padStart(8)} of ${truth.units[unit]?.good}  scrap ${String(scrap).padStart(6)}  state changes ${stateChanges}`,
  );
  const verdict = equal ? "equal to the truth" : `DIFFERENT:\n  ${differences.join("\n  ")}`;
  return `${rows.join("\n")}\n  ${figures.samples} samples, ${figures.late} messages late, ${figures.resent} sent again\n${verdict}\n`;
}
