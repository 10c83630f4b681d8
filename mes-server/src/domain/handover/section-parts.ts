import type { Block, Section } from "./document.ts";
import { count } from "./number-text.ts";

export function section(title: string, ...blocks: Block[]): Section {
  return { title, blocks };
}

export function text(content: string): Block {
  return { kind: "text", text: content };
}

export function table(head: string[], rows: string[][], total?: string[]): Block {
  return { kind: "table", head, rows, ...(total === undefined ? {} : { total }) };
}

export function stopsText(number: number): string {
  return `${count(number)} ${plural("stop", number)}`;
}

export function plural(word: string, number: number): string {
  return number === 1 ? word : `${word}s`;
}

/** A unit as it is called on its line. */
export function placeOf(equipment: string, line: string): string {
  return equipment === line ? "the line" : equipment.replace(`${line}.`, "");
}
