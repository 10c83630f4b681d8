import { compileExpression, ExpressionError } from "@only-mes/protocols/device-map/expression";
import { fraction, oneOf, wholeIn, type RandomState } from "@only-mes/simulators/clock/random";
import { damaged } from "../mutations.ts";
import { demand, type FuzzTarget } from "../target.ts";

/** A tree that is written down is read as the same tree; anything else is refused, or is a number. */
export const expression: FuzzTarget = {
  what: "expressions of derived tags: written from a tree that was worked out otherwise, and damaged",
  attempt(random) {
    const inputs = Array.from({ length: names.length }, () => anyNumber(random));
    const tree = anyTree(random, 4, inputs);
    if (fraction(random) < 0.6) {
      const refused = refusalOf(tree.text);
      if (refused !== undefined && /\d characters|too long/.test(refused)) return "too long";
      demand(compileExpression(tree.text, names).evaluate(inputs), tree.value, tree.text);
      return "worked out";
    }
    const bytes = damaged(Buffer.from(oneOf(random, [tree.text, oneOf(random, hostile)])), random);
    const text = new TextDecoder().decode(bytes);
    if (refusalOf(text) !== undefined) return "refused";
    demand(typeof compileExpression(text, names).evaluate(inputs), "number", text);
    return "accepted";
  },
};

const names = ["a", "b", "total_1"];

const hostile = [
  "a.constructor.constructor('return process')()",
  "__proto__.x = 1",
  "a[`x`]",
  "((((((((((a))))))))))",
  "max(a, b, 1e308 * 1e308)",
  "a ? b : a ? b : a",
  "this.process",
  "1..toString",
] as const;

interface Tree {
  readonly text: string;
  readonly value: number;
}

/** As the language of JavaScript has it; what `eval` would say of the text, without it. */
function anyTree(random: RandomState, depth: number, inputs: readonly number[]): Tree {
  const sub = () => anyTree(random, depth - 1, inputs);
  switch (depth === 0 ? wholeIn(random, [0, 1]) : wholeIn(random, [0, 6])) {
    case 0: {
      const value = wholeIn(random, [0, 1000]) / oneOf(random, [1, 2, 8]);
      return { text: String(value), value };
    }
    case 1: {
      const at = wholeIn(random, [0, names.length - 1]);
      return { text: names[at] ?? "", value: inputs[at] ?? Number.NaN };
    }
    case 2: {
      const of = sub();
      const isNot = fraction(random) < 0.5;
      return {
        text: `${isNot ? "!" : "-"}(${of.text})`,
        value: isNot ? Number(of.value === 0) : -of.value,
      };
    }
    case 3: {
      const [test, yes, no] = [sub(), sub(), sub()];
      return {
        text: `((${test.text}) ? (${yes.text}) : (${no.text}))`,
        value: test.value === 0 ? no.value : yes.value,
      };
    }
    case 4: {
      const of = sub();
      return { text: `abs(${of.text})`, value: Math.abs(of.value) };
    }
    case 5: {
      const all = [sub(), sub(), sub()];
      const values = all.map(({ value }) => value);
      return {
        text: `max(${all.map(({ text }) => text).join(" , ")})`,
        value: Math.max(...values),
      };
    }
    default:
      return chain(random, [sub(), sub(), sub()]);
  }
}

/** Two operators without brackets between them: the stronger one first, equal ones from the left. */
function chain(random: RandomState, [a, b, c]: readonly [Tree, Tree, Tree]): Tree {
  const first = oneOf(random, operators);
  const second = oneOf(random, operators);
  const text = `(${a.text})${first.sign}(${b.text}) ${second.sign} (${c.text})`;
  const value =
    second.strength > first.strength
      ? first.apply(a.value, second.apply(b.value, c.value))
      : second.apply(first.apply(a.value, b.value), c.value);
  return { text: `(${text})`, value };
}

interface Operator {
  readonly sign: string;
  readonly strength: number;
  readonly apply: (a: number, b: number) => number;
}

const operators: readonly [Operator, ...Operator[]] = [
  { sign: "+", strength: 5, apply: (a, b) => a + b },
  { sign: "-", strength: 5, apply: (a, b) => a - b },
  { sign: "*", strength: 6, apply: (a, b) => a * b },
  { sign: "/", strength: 6, apply: (a, b) => a / b },
  { sign: "%", strength: 6, apply: (a, b) => a % b },
  { sign: "<", strength: 4, apply: (a, b) => Number(a < b) },
  { sign: ">=", strength: 4, apply: (a, b) => Number(a >= b) },
  { sign: "==", strength: 3, apply: (a, b) => Number(a === b) },
  { sign: "!=", strength: 3, apply: (a, b) => Number(a !== b) },
  { sign: "&&", strength: 2, apply: (a, b) => Number(a !== 0 && b !== 0) },
  { sign: "||", strength: 1, apply: (a, b) => Number(a !== 0 || b !== 0) },
];

function anyNumber(random: RandomState): number {
  return oneOf(random, [0, 1, -1, 0.1, wholeIn(random, [-1000, 1000]), Number.NaN]);
}

function refusalOf(text: string): string | undefined {
  try {
    compileExpression(text, names);
    return undefined;
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return error.message;
  }
}
