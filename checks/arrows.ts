import { dirname, join, normalize, relative, sep } from "node:path";
import type { SourceFile, Violation } from "./source-tree.ts";

/**
 * The import arrows of the architecture (docs/architecture.md): who may know whom. A specifier is
 * resolved to a path of the repository or to a package name, and each rule names what it forbids.
 */
interface Arrow {
  rule: string;
  /** Files that the rule is about. */
  from: RegExp;
  /** Imports that they must not have: repository paths or package names. */
  mustNotImport: RegExp;
  except?: RegExp;
}

const apps = "gateway-agent|mes-server|line-console|simulators|whole-plant|benchmarks|fuzz|checks";
const test = /\.test\.tsx?$|\/tests\//;

export const arrows: Arrow[] = [
  {
    rule: "protocols imports nothing of ours, and does no input or output",
    from: /^protocols\/src\//,
    mustNotImport: new RegExp(
      `^(${apps})/|^(node:)?(fs|net|http|timers|child_process|worker_threads)`,
    ),
    except: test,
  },
  {
    rule: "an app imports protocols and itself, never another app (tests may use simulators)",
    from: /^(gateway-agent|mes-server|line-console|simulators)\//,
    mustNotImport: new RegExp(`^(${apps})/`),
  },
  {
    rule: "drivers yield samples: they know neither outbox nor uplink",
    from: /^gateway-agent\/src\/drivers\//,
    mustNotImport: /^gateway-agent\/src\/(outbox|uplink)\//,
  },
  {
    rule: "sampling is pure",
    from: /^gateway-agent\/src\/sampling\//,
    mustNotImport: /^(node:)?(fs|net|timers|sqlite)|^(mqtt|modbus-serial|node-opcua)/,
    except: test,
  },
  {
    rule: "domain and pipeline do no input or output",
    from: /^mes-server\/src\/(domain|pipeline)\//,
    mustNotImport:
      /^(pg|mqtt|aedes|fastify|socket\.io)($|\/)|^(node:)?(fs|net|http|timers|child_process)/,
    except: test,
  },
  {
    rule: "domain knows no other part of the server",
    from: /^mes-server\/src\/domain\//,
    mustNotImport: /^mes-server\/src\/(?!domain\/)/,
    except: test,
  },
  {
    rule: "the live side of a console knows no React",
    from: /^line-console\/src\/live\//,
    mustNotImport: /^react(-dom)?($|\/)/,
  },
];

export function brokenArrows(files: readonly SourceFile[]): Violation[] {
  return files.flatMap((file) =>
    importsOf(file).flatMap(({ target, line }) =>
      arrows
        .filter((arrow) => breaks(arrow, file.path, target))
        .map(({ rule }) => ({ path: file.path, line, rule, what: `imports ${target}` })),
    ),
  );
}

function breaks(arrow: Arrow, path: string, target: string): boolean {
  if (!arrow.from.test(path) || arrow.except?.test(path) === true) return false;
  if (!arrow.mustNotImport.test(target)) return false;
  const own = path.split("/", 1)[0];
  if (arrow.rule.startsWith("an app") && target.startsWith(`${own}/`)) return false;
  return !(test.test(path) && target.startsWith("simulators/"));
}

const importPattern =
  /(?:^|[\s;])(?:import|export)\s[^"';]*?from\s*["']([^"']+)["']|(?:^|[\s;])import\s*["']([^"']+)["']|\bimport\s*\(\s*["']([^"']+)["']/g;

function importsOf({ path, text }: SourceFile): { target: string; line: number }[] {
  return [...text.matchAll(importPattern)].map((match) => {
    const specifier = match[1] ?? match[2] ?? match[3] ?? "";
    const line = text.slice(0, match.index + match[0].length).split("\n").length;
    return { target: targetOf(specifier, path), line };
  });
}

/** `@only-mes/protocols/x` and relative specifiers become repository paths; packages stay names. */
function targetOf(specifier: string, from: string): string {
  const workspace = /^@only-mes\/([^/]+)(\/.*)?$/.exec(specifier);
  if (workspace) return `${workspace[1]}${workspace[2] ?? "/"}`;
  if (!specifier.startsWith(".")) return specifier;
  return relative(".", normalize(join(dirname(from), specifier))).replaceAll(sep, "/");
}
