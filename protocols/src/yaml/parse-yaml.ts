import {
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  visit,
  type Document,
} from "yaml";
import type { z } from "zod";
import { explainIssue, type Finding } from "./explain-issue.ts";

/** What is wrong with a document, where, and what is allowed there. */
export interface YamlProblem {
  file: string;
  /** From 1. */
  line: number;
  column: number;
  /** In the document, such as `devices[0].tags[3].address`. */
  path: string;
  message: string;
  allowed: string;
}

export type ParsedYaml<Value> =
  | { readonly value: Value; readonly problems?: undefined }
  | { readonly value?: undefined; readonly problems: readonly YamlProblem[] };

/** Reads a document by a schema; `check` finds what the schema alone cannot see. */
export function parseYaml<Value>(
  text: string,
  file: string,
  schema: z.ZodType<Value>,
  check: (value: Value) => readonly Finding[],
): ParsedYaml<Value> {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    // Warnings would go to the process, past the list of problems.
    logLevel: "error",
  });
  const at = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map((error) => ({
        file,
        ...at(error.pos[0]),
        path: "",
        message: error.message,
        allowed: "a YAML 1.2 document",
      })),
    };
  }
  const problems = (findings: readonly Finding[]): YamlProblem[] =>
    findings
      .map(({ path, message, allowed, key }) => ({
        file,
        ...at(offsetOf(document, path, key)),
        path: formatPath(key === undefined ? path : [...path, key]),
        message,
        allowed,
      }))
      .sort((a, b) => a.line - b.line || a.column - b.column);

  const unresolved = unresolvedAliases(document).map(({ offset, name }) => ({
    file,
    ...at(offset),
    path: "",
    message: `*${name} stands for nothing: no &${name} comes before it`,
    allowed: "an alias of an anchor, or the text in quotes",
  }));
  if (unresolved.length > 0) return { problems: unresolved };
  let input: unknown;
  try {
    input = document.toJS({ maxAliasCount });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { problems: [{ file, line: 1, column: 1, path: "", message, allowed: aliasesAllowed }] };
  }
  const parsed = schema.safeParse(input);
  if (!parsed.success) {
    const found = parsed.error.issues.flatMap((issue) => explainIssue(issue, input, schema));
    return { problems: problems(found) };
  }
  const findings = check(parsed.data);
  return findings.length > 0 ? { problems: problems(findings) } : { value: parsed.data };
}

/** Aliases of aliases grow without end: a short text could fill the memory. */
const maxAliasCount = 1000;
const aliasesAllowed = `at most ${maxAliasCount} values by alias`;

function unresolvedAliases(document: Document): { offset: number; name: string }[] {
  const found: { offset: number; name: string }[] = [];
  visit(document, {
    Alias(_, alias) {
      if (alias.resolve(document) !== undefined) return;
      found.push({ offset: alias.range?.[0] ?? 0, name: alias.source });
    },
  });
  return found;
}

export function formatProblem({ file, line, column, path, message, allowed }: YamlProblem): string {
  const where = path === "" ? "the document" : path;
  return `${file}:${line}:${column} ${where}: ${message} (allowed: ${allowed})`;
}

/** Offset of the node at the path; of its nearest ancestor if it is missing; of a key if one is named. */
function offsetOf(document: Document, path: readonly PropertyKey[], key?: string): number {
  for (let depth = path.length; depth >= 0; depth -= 1) {
    const node = document.getIn(path.slice(0, depth), true);
    if (!isNode(node)) continue;
    if (key !== undefined && isMap(node) && depth === path.length) {
      const pair = node.items.find((item) => isPair(item) && nameOf(item.key) === key);
      if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
    }
    return node.range?.[0] ?? 0;
  }
  return 0;
}

function nameOf(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? String(part) : `${text}.${String(part)}`;
  }, "");
}
