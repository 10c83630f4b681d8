import fc from "fast-check";
import { expect, test } from "vitest";
import { formatCsv, ListError, parseCsv } from "./csv.ts";
import { escapeApostrophe, escapeFormula, unescapeFormula } from "./formula.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const cellsOf = (bytes: Uint8Array) => parseCsv(bytes).rows.map(({ cells }) => cells);

test.for([
  [",", "a,b\n1,2\n"],
  [";", "a;b\n1;2\n"],
  ["\t", "a\tb\n1\t2\n"],
  [";", 'sep=;\r\n"a";"b"\r\n1;2'],
  [",", '"a;b;c",b\n"a;b;c",b'],
] as const)("cells between %s are told apart", ([separator, text]) => {
  const list = parseCsv(utf8(text));
  expect(list.separator).toBe(separator);
  expect(list.rows).toHaveLength(2);
  expect(list.rows[0]?.cells).toHaveLength(2);
});

test("rows keep their number in the file: over quoted line breaks, empty rows and sep=", () => {
  const { rows } = parseCsv(utf8('sep=,\na,b\n"x\ny",1\n\n,\nlast,2\n'));
  expect(rows.map(({ line, cells }) => [line, ...cells])).toEqual([
    [2, "a", "b"],
    [3, "x\ny", "1"],
    [7, "last", "2"],
  ]);
});

test.for([
  ["UTF-8 with a mark", new Uint8Array([0xef, 0xbb, 0xbf, ...utf8("a,°C\n")])],
  ["UTF-8 without", utf8("a,°C\n")],
  ["UTF-16, little end first", new Uint8Array(Buffer.from("\uFEFFa,°C\n", "utf16le"))],
  ["UTF-16, big end first", new Uint8Array(Buffer.from("\uFEFFa,°C\n", "utf16le").swap16())],
  ["windows-1252", new Uint8Array([0x61, 0x2c, 0xb0, 0x43, 0x0a])],
] as const)("%s is read", ([, bytes]) => {
  expect(cellsOf(bytes)).toEqual([["a", "°C"]]);
});

test("a quotation mark that is never closed is named by its row", () => {
  expect(() => parseCsv(utf8('a,b\n1,2\n"x,3\n4,5\n'))).toThrow(
    new ListError('row 3: a quotation mark (") is never closed'),
  );
});

test("what is written is read again, whatever the cells say", () => {
  const cell = fc
    .string({ unit: "grapheme", maxLength: 12 })
    .filter((text) => !text.includes("\0"));
  const row = fc.array(cell, { minLength: 2, maxLength: 2 });
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(",", ";", "\t"),
      (rows, separator) => {
        const list = [["device", "signal"], ...rows].map((cells) => cells.map(escapeFormula));
        const back = cellsOf(utf8(formatCsv(list, separator as ","))).map((cells) =>
          cells.map(unescapeFormula),
        );
        const said = rows.filter((cells) => cells.some((one) => one.trim() !== ""));
        expect(back.slice(1)).toEqual(said);
      },
    ),
    { seed: 3, numRuns: 300 },
  );
});

test.for(["=1+1", "+x", "-x", "@sum", "\tx", "'=x", "''=x"])(
  "%j would run, or lose its apostrophe: it is marked as a text, and read as it was",
  (text) => {
    expect(escapeFormula(text)).toBe(`'${text}`);
    expect(unescapeFormula(escapeFormula(text))).toBe(text);
    expect(unescapeFormula(escapeApostrophe(text))).toBe(text);
  },
);

test.for(["-5", "+3", "-0,5", "1e-3", "it's", "'quoted'", "a=b"])("%s runs nowhere", (text) => {
  expect(escapeFormula(text)).toBe(text);
  expect(unescapeFormula(text)).toBe(text);
});
