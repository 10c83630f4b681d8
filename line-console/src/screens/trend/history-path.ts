/** A column of pixels each, about; the server keeps lowest and highest of every bucket. */
const bucketsWanted = 720;

export function historyPath(signal: string, toMs: number, rangeMs: number): string {
  const from = new Date(toMs - rangeMs).toISOString();
  const to = new Date(toMs).toISOString();
  const path = `/api/v1/signals/${encodeURIComponent(signal)}/history`;
  return `${path}?from=${from}&to=${to}&buckets=${bucketsWanted}`;
}
