/** A duration as one would say it: `850 ms`, `12 s`, `5 min`, `3 h`, `2 d`. */
export function ago(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

/** Never rounded up to all of it. */
export function percent(part: number): string {
  const hundredths = Math.floor(part * 10_000) / 100;
  return `${hundredths} %`;
}

export function milliseconds(ms: number | null): string {
  if (ms === null) return "–";
  return ms < 10 ? `${Number(ms.toPrecision(2))} ms` : ago(ms);
}

export function bytes(count: number): string {
  if (count < 1000) return `${count} B`;
  if (count < 1_000_000) return `${(count / 1000).toFixed(1)} kB`;
  if (count < 1_000_000_000) return `${(count / 1_000_000).toFixed(1)} MB`;
  return `${(count / 1_000_000_000).toFixed(2)} GB`;
}

/** Of what is large, three digits say enough: `1.2M`. */
export function compact(number: number): string {
  return number.toLocaleString("en", { notation: "compact", maximumFractionDigits: 1 });
}

export function count(number: number): string {
  return number.toLocaleString("en");
}
