/**
 * A spreadsheet runs a text that begins with = + - @ as a formula. Such texts get an apostrophe in a
 * CSV file, as spreadsheets themselves mark a text; reading takes exactly that one away again.
 */
export function escapeFormula(text: string): string {
  if (isNumber(text)) return text;
  return /^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

export function unescapeFormula(text: string): string {
  return /^'+[=+\-@\t\r]/.test(text) ? text.slice(1) : text;
}

/** In a spreadsheet file a text is a text, and runs nowhere: only what reading would take away is doubled. */
export function escapeApostrophe(text: string): string {
  return /^'+[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

function isNumber(text: string): boolean {
  return /^[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?$/.test(text);
}
