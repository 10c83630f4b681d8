import jsep from "jsep";

/**
 * Expressions over numbers, for derived tags. The library only parses; what its tree may hold is
 * listed here, and becomes a function over a row of numbers. There are no objects, members, texts,
 * assignments or loops, so an expression can reach nothing but its inputs, and always ends.
 */
export interface Expression {
  /** Inputs in the order of the names it was made with. Truth is 1 and 0. */
  evaluate(inputs: ArrayLike<number>): number;
  /** Names of inputs that it uses. */
  readonly uses: ReadonlySet<string>;
}

export class ExpressionError extends Error {
  readonly allowed: string;

  constructor(message: string, allowed: string) {
    super(message);
    this.name = "ExpressionError";
    this.allowed = allowed;
  }
}

export const expressionLengthMax = 500;
const nodesMax = 200;

/** @throws {ExpressionError} saying what is not allowed in it, and what is. */
export function compileExpression(text: string, inputs: readonly string[]): Expression {
  if (text.length > expressionLengthMax) {
    const message = `it has ${text.length} characters`;
    throw new ExpressionError(message, `up to ${expressionLengthMax} characters`);
  }
  const uses = new Set<string>();
  const evaluate = compile(parse(text), { inputs, uses, nodes: 0 });
  return { evaluate, uses };
}

type Evaluate = (inputs: ArrayLike<number>) => number;

interface Context {
  readonly inputs: readonly string[];
  readonly uses: Set<string>;
  nodes: number;
}

function parse(text: string): jsep.Expression {
  try {
    return jsep(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ExpressionError(why, "an expression such as (a + b) / 2");
  }
}

function compile(node: jsep.Expression, context: Context): Evaluate {
  context.nodes += 1;
  if (context.nodes > nodesMax) {
    throw new ExpressionError("it is too long", `up to ${nodesMax} numbers, inputs and operators`);
  }
  // The library's own types keep no kind apart from another.
  const known = node as jsep.CoreExpression;
  switch (known.type) {
    case "Literal":
      return constant(known.value);
    case "Identifier":
      return input(known.name, context);
    case "UnaryExpression":
      return unary(known.operator, compile(known.argument, context));
    case "BinaryExpression": {
      const left = compile(known.left, context);
      return binary(known.operator, left, compile(known.right, context));
    }
    case "ConditionalExpression": {
      const test = compile(known.test, context);
      const consequent = compile(known.consequent, context);
      const alternate = compile(known.alternate, context);
      return (row) => (test(row) === 0 ? alternate(row) : consequent(row));
    }
    case "CallExpression":
      return call(known, context);
    case "ArrayExpression":
    case "Compound":
    case "MemberExpression":
    case "SequenceExpression":
    case "ThisExpression":
      break;
  }
  throw new ExpressionError(`it holds a ${kindOf(node.type)}`, grammar);
}

function kindOf(type: string): string {
  return type === "Compound" ? "sequence of several expressions" : type;
}

const grammar =
  "one expression of numbers, inputs, + - * / % **, < <= > >= == !=, && || !, a ? b : c, and functions";

function constant(value: unknown): Evaluate {
  if (typeof value === "boolean") return () => Number(value);
  if (typeof value === "number") return () => value;
  throw new ExpressionError(`it holds ${JSON.stringify(value)}, which is no number`, grammar);
}

function input(name: string, { inputs, uses }: Context): Evaluate {
  const at = inputs.indexOf(name);
  if (at < 0) {
    throw new ExpressionError(`it has no input "${name}"`, inputs.join(", "));
  }
  uses.add(name);
  return (row) => row[at] ?? Number.NaN;
}

function unary(operator: string, of: Evaluate): Evaluate {
  switch (operator) {
    case "-":
      return (row) => -of(row);
    case "+":
      return of;
    case "!":
      return (row) => (of(row) === 0 ? 1 : 0);
    default:
      throw new ExpressionError(`it has the operator ${operator}`, grammar);
  }
}

const binaryOperators = new Map<string, (a: number, b: number) => number>([
  ["+", (a, b) => a + b],
  ["-", (a, b) => a - b],
  ["*", (a, b) => a * b],
  ["/", (a, b) => a / b],
  ["%", (a, b) => a % b],
  ["**", (a, b) => a ** b],
  ["<", (a, b) => (a < b ? 1 : 0)],
  ["<=", (a, b) => (a <= b ? 1 : 0)],
  [">", (a, b) => (a > b ? 1 : 0)],
  [">=", (a, b) => (a >= b ? 1 : 0)],
  ["==", (a, b) => (a === b ? 1 : 0)],
  ["!=", (a, b) => (a === b ? 0 : 1)],
  ["&&", (a, b) => (a !== 0 && b !== 0 ? 1 : 0)],
  ["||", (a, b) => (a !== 0 || b !== 0 ? 1 : 0)],
]);

function binary(operator: string, left: Evaluate, right: Evaluate): Evaluate {
  const apply = binaryOperators.get(operator);
  if (apply === undefined) {
    throw new ExpressionError(`it has the operator ${operator}`, grammar);
  }
  return (row) => apply(left(row), right(row));
}

interface Callable {
  readonly least: number;
  readonly most: number;
  readonly apply: (values: readonly number[]) => number;
}

const of1 = (apply: (value: number) => number): Callable => ({
  least: 1,
  most: 1,
  apply: ([value = Number.NaN]) => apply(value),
});

export const expressionFunctions: ReadonlyMap<string, Callable> = new Map([
  ["abs", of1(Math.abs)],
  ["ceil", of1(Math.ceil)],
  ["exp", of1(Math.exp)],
  ["floor", of1(Math.floor)],
  ["ln", of1(Math.log)],
  ["log10", of1(Math.log10)],
  ["max", { least: 1, most: 16, apply: (values) => Math.max(...values) }],
  ["min", { least: 1, most: 16, apply: (values) => Math.min(...values) }],
  ["round", of1(Math.round)],
  ["sqrt", of1(Math.sqrt)],
]);

function call(node: jsep.CallExpression, context: Context): Evaluate {
  const callee = node.callee as jsep.CoreExpression;
  const name = callee.type === "Identifier" ? callee.name : "";
  const callable = expressionFunctions.get(name);
  const names = [...expressionFunctions.keys()].join(", ");
  if (callable === undefined) {
    throw new ExpressionError(`it calls ${name === "" ? "something" : `"${name}"`}`, names);
  }
  const { least, most, apply } = callable;
  const given = node.arguments.length;
  if (given < least || given > most) {
    const wanted = least === most ? String(least) : `${least} to ${most}`;
    throw new ExpressionError(`${name} has ${given} values`, `${wanted} values`);
  }
  const values = node.arguments.map((argument) => compile(argument, context));
  return (row) => apply(values.map((value) => value(row)));
}
