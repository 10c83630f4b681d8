/** Numbers as they stand in a report. */
export function count(value: number): string {
  const digits = String(Math.abs(value)).replaceAll(/\B(?=(\d{3})+$)/g, ",");
  return value < 0 ? `−${digits}` : digits;
}

export function signed(value: number): string {
  return value > 0 ? `+${count(value)}` : count(value);
}

export function percent(ratio: number | null): string {
  return ratio === null ? "unknown" : `${(ratio * 100).toFixed(1)} %`;
}

export function lengthText(minutes: number): string {
  if (minutes === 0) return "less than 1 min";
  const hours = Math.floor(minutes / 60);
  if (hours === 0) return `${minutes} min`;
  return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
}
