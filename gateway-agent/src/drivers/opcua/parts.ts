import { formatPath, type PathStep } from "@only-mes/protocols/device-map/addresses";
import { DataType, VariantArrayType, type Variant } from "node-opcua-client";

/** A value of a node, or an element or a field of it. */
export interface Part {
  readonly value: unknown;
  readonly dataType: DataType;
  /** Length of each dimension; empty for a single value. */
  readonly dimensions: readonly number[];
}

/** The part that the path leads to, or why there is none. */
export function partOf(variant: Variant, path: readonly PathStep[]): Part | string {
  let part = wholeOf(variant);
  for (const step of path) {
    const next = "field" in step ? fieldOf(part, step.field) : elementOf(part, step.element);
    if (typeof next === "string") return next;
    part = next;
  }
  return part;
}

/** One value inside of a structure or an array, and the path that leads to it. */
export interface Leaf {
  readonly path: readonly PathStep[];
  readonly dataType: DataType;
}

/**
 * The rule by which structures and arrays become signals: every field and every element that is a
 * single value, in the order of the wire. At most `leavesMax` of them; nothing lies deeper than 16 steps.
 */
export function leavesOf(variant: Variant, leavesMax = 1000): Leaf[] {
  const leaves: Leaf[] = [];
  const visit = (part: Part, path: readonly PathStep[]): void => {
    if (leaves.length >= leavesMax || path.length > depthMax) return;
    if (part.dimensions.length > 0) {
      for (const element of indexesOf(part.dimensions, leavesMax)) {
        const inner = elementOf(part, element);
        if (typeof inner !== "string") visit(inner, [...path, { element }]);
      }
      return;
    }
    if (part.dataType !== DataType.ExtensionObject) {
      leaves.push({ path, dataType: part.dataType });
      return;
    }
    for (const { name } of fieldsOf(part.value)) {
      const inner = fieldOf(part, name);
      if (typeof inner !== "string") visit(inner, [...path, { field: name }]);
    }
  };
  visit(wholeOf(variant), []);
  return leaves;
}

const depthMax = 16;
const none: readonly number[] = [];

function wholeOf(variant: Variant): Part {
  const { value, dataType, arrayType } = variant;
  if (arrayType === VariantArrayType.Scalar) return { value, dataType, dimensions: none };
  const length = lengthOf(value);
  const dimensions =
    arrayType === VariantArrayType.Matrix ? (variant.dimensions ?? [length]) : [length];
  return { value, dataType, dimensions };
}

function elementOf(
  { value, dataType, dimensions }: Part,
  element: readonly number[],
): Part | string {
  const name = formatPath([{ element }]);
  if (dimensions.length === 0) return `no element ${name}: it is no array`;
  if (dimensions.length !== element.length) {
    return `no element ${name}: the array has ${dimensions.length} dimension(s)`;
  }
  let at = 0;
  for (const [dimension, length] of dimensions.entries()) {
    const index = element[dimension] ?? 0;
    if (index >= length) return `no element ${name}: the array has ${dimensions.join(" × ")}`;
    at = at * length + index;
  }
  if (at >= lengthOf(value)) return `no element ${name}: the array is shorter than it says`;
  const found = (value as ArrayLike<unknown>)[at];
  return single(found, dataType);
}

function fieldOf({ value, dataType, dimensions }: Part, name: string): Part | string {
  if (dataType !== DataType.ExtensionObject || dimensions.length > 0) {
    return `no field ${name}: it is no structure`;
  }
  const fields = fieldsOf(value);
  const field = fields.find((one) => one.name === name) ?? fields.find((one) => one.key === name);
  if (field === undefined) {
    const known = fields.map((one) => one.name).join(", ");
    return known === ""
      ? `no field ${name}: the server does not describe the structure`
      : `no field ${name} (it has ${known})`;
  }
  const found = (value as Record<string, unknown>)[field.key];
  if (found === undefined || found === null) return `no field ${name}: it was left out`;
  if (field.isVariant) return isVariant(found) ? wholeOf(found) : `no field ${name}: it is empty`;
  if (!field.isArray) return single(found, field.dataType);
  return { value: found, dataType: field.dataType, dimensions: [lengthOf(found)] };
}

/** Elements of an array of variants are values of their own. */
function single(value: unknown, dataType: DataType): Part {
  return isVariant(value) ? wholeOf(value) : { value, dataType, dimensions: [] };
}

interface Field {
  /** As the server has it. */
  readonly name: string;
  /** As the library has it in its objects: with a small first letter. */
  readonly key: string;
  readonly dataType: DataType;
  readonly isArray: boolean;
  readonly isVariant: boolean;
}

interface Schema {
  readonly fields?: readonly {
    readonly name: string;
    readonly originalName?: string;
    readonly fieldType: string;
    readonly category?: string;
    readonly isArray?: boolean;
  }[];
  getBaseSchema?(): Schema | null;
}

/** The fields of a structure, those that it inherits first. */
function fieldsOf(structure: unknown): Field[] {
  const { schema } = (structure ?? {}) as { schema?: Schema };
  const chain: Schema[] = [];
  for (let at: Schema | null | undefined = schema; at && chain.length < depthMax;) {
    chain.unshift(at);
    at = at.getBaseSchema?.();
  }
  return chain.flatMap(({ fields = [] }) =>
    fields.map(({ name, originalName, fieldType, category, isArray }) => ({
      name: originalName ?? name,
      key: name,
      dataType: dataTypeOf(fieldType, category),
      isArray: isArray === true,
      isVariant: fieldType === "Variant",
    })),
  );
}

function dataTypeOf(fieldType: string, category: string | undefined): DataType {
  if (category === "enumeration") return DataType.Int32;
  if (category === "complex") return DataType.ExtensionObject;
  const name = fieldType.replace(/^UA|^opc:/, "");
  const known = aliases[name] ?? DataType[name as keyof typeof DataType];
  return known ?? DataType.ExtensionObject;
}

/** Names of simple types that are not themselves built-in (OPC UA Part 3, 8). */
const aliases: Record<string, DataType | undefined> = {
  UtcTime: DataType.DateTime,
  Duration: DataType.Double,
  CharArray: DataType.String,
  LocaleId: DataType.String,
  Counter: DataType.UInt32,
  IntegerId: DataType.UInt32,
};

function* indexesOf(dimensions: readonly number[], most: number): Generator<number[]> {
  const total = dimensions.reduce((product, length) => product * length, 1);
  for (let at = 0; at < Math.min(total, most); at += 1) {
    const element: number[] = [];
    let rest = at;
    for (const length of [...dimensions].reverse()) {
      element.unshift(rest % length);
      rest = Math.floor(rest / length);
    }
    yield element;
  }
}

function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  return ArrayBuffer.isView(value) && "length" in value ? Number(value.length) : 0;
}

function isVariant(value: unknown): value is Variant {
  return typeof value === "object" && value !== null && "arrayType" in value && "dataType" in value;
}
