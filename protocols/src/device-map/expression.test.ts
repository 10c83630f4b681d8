import { expect, test } from "vitest";
import { compileExpression, ExpressionError } from "./expression.ts";

const value = (text: string, inputs: Record<string, number> = {}) =>
  compileExpression(text, Object.keys(inputs)).evaluate(Object.values(inputs));

test.for([
  ["1 + 2 * 3", 7],
  ["(1 + 2) * 3", 9],
  ["2 ** 3 ** 2", 512],
  ["10 % 4 - -1", 3],
  ["1 < 2 && 2 <= 2", 1],
  ["1 > 2 || !(3 != 3)", 1],
  ["5 && 0", 0],
  ["true ? 20 : 40", 20],
  ["0 ? 1 : 0 ? 2 : 3", 3],
  ["min(3, 1, 2) + max(4, 5) + abs(-6)", 12],
  ["round(2.5) + floor(2.9) + ceil(2.1)", 8],
  ["sqrt(9) + ln(1) + log10(100) + exp(0)", 6],
  ["1e3 + .5", 1000.5],
] as const)("%s is %d", ([text, expected]) => {
  expect(value(text)).toBe(expected);
});

test("inputs are taken by their place, and told", () => {
  const compiled = compileExpression("u * i / 1000", ["i", "u", "idle"]);
  expect(compiled.evaluate([5, 400, 1])).toBe(2);
  expect([...compiled.uses].sort()).toEqual(["i", "u"]);
});

test.for([
  ["a.b", /holds a MemberExpression/],
  ["a['constructor']", /holds a MemberExpression/],
  ["constructor", /no input "constructor"/],
  ["__proto__", /no input "__proto__"/],
  ["toString()", /calls "toString"/],
  ["hasOwnProperty(1)", /calls "hasOwnProperty"/],
  ["abs.constructor('x')()", /calls something/],
  ["this", /holds a ThisExpression/],
  ["[1, 2]", /holds a ArrayExpression/],
  ["'text'", /holds "text", which is no number/],
  ["null", /holds null/],
  ["1; 2", /sequence of several expressions/],
  ["a = 1", /./],
  ["1 ^ 2", /the operator \^/],
  ["1 === 1", /the operator ===/],
  ["~1", /the operator ~/],
  ["1 +", /Expected expression after \+/],
  ["", /sequence of several expressions|expression/],
  ["abs()", /abs has 0 values/],
  ["min(1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17)", /min has 17 values/],
  ["a".repeat(501), /it has 501 characters/],
  [Array.from({ length: 150 }, () => "1").join("+"), /too long/],
] as const)("%s is refused", ([text, message]) => {
  expect(() => compileExpression(text, ["a"])).toThrow(ExpressionError);
  expect(() => compileExpression(text, ["a"])).toThrow(message);
});

test("the deepest nesting that fits is answered, not a crash", () => {
  const deep = `${"(".repeat(249)}1${")".repeat(249)}`;
  expect(value(deep)).toBe(1);
});
