/**
 * Patterns over browse paths, such as `Line1/*\/Temperature` or `**\/Good*`: `*` and `?` stand for
 * letters of one name, `**` for any number of names. Capitals do not matter. Taken name by name, so
 * that a subtree in which nothing can match is never asked for.
 */
export interface PathPattern {
  readonly segments: readonly string[];
}

/** How far a path has come in a pattern; empty if nothing below can match. */
export type Progress = readonly number[];

export function parsePathPattern(text: string): PathPattern {
  const segments = text
    .split("/")
    .filter((segment) => segment !== "")
    .map((segment) => segment.toLowerCase());
  return { segments };
}

export function beginning({ segments }: PathPattern): Progress {
  return closure(segments, [0]);
}

export function advanced({ segments }: PathPattern, from: Progress, name: string): Progress {
  const plain = name.toLowerCase();
  const next = from.flatMap((at) => {
    const segment = segments[at];
    if (segment === undefined) return [];
    if (segment === "**") return [at];
    return matches(segment, plain) ? [at + 1] : [];
  });
  return closure(segments, next);
}

export function isMatch({ segments }: PathPattern, progress: Progress): boolean {
  return progress.includes(segments.length);
}

/** `**` may stand for no name at all. */
function closure(segments: readonly string[], from: readonly number[]): number[] {
  const reached = new Set(from);
  for (const at of reached) if (segments[at] === "**") reached.add(at + 1);
  return [...reached];
}

/** Linear but for one remembered star: no pattern takes longer than its length times the name's. */
function matches(pattern: string, name: string): boolean {
  let at = 0;
  let star: { pattern: number; name: number } | undefined;
  let letter = 0;
  while (letter < name.length) {
    if (pattern[at] === "*") {
      star = { pattern: at, name: letter };
      at += 1;
    } else if (pattern[at] === "?" || pattern[at] === name[letter]) {
      at += 1;
      letter += 1;
    } else if (star !== undefined) {
      star.name += 1;
      letter = star.name;
      at = star.pattern + 1;
    } else return false;
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}
