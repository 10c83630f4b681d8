import { basename } from "node:path";
import type { SourceFile, Violation } from "./source-tree.ts";

/** What must not exist in the tree (CONTRIBUTING.md says why). */
interface Ban {
  rule: string;
  /** Files that it is about; all sources if absent. */
  in?: RegExp;
  except?: RegExp;
  /** A name of a file or folder, or a pattern of a line, that is banned. */
  name?: RegExp;
  line?: RegExp;
}

const test = /\.test\.tsx?$/;

/** It holds planted violations, as text. */
const plantedHere = "checks/checks.test.ts";

export const bans: Ban[] = [
  {
    rule: "a name must tell what is inside",
    name: /^(utils?|helpers?|common|lib|misc|types)(\.tsx?)?$/,
  },
  {
    rule: "a class is named by what it is, not Manager, Service or Base",
    line: /\bclass\s+(\w+(Manager|Service)|Base\w*)\b/,
  },
  { rule: "no barrels: a package opens its files by exports", line: /^export \* from / },
  {
    rule: "the environment is read under config/ only",
    line: /\bprocess\.env\b/,
    except:
      /\/config\/|^checks\/|\.test\.tsx?$|\/tests\/|^benchmarks\/|^whole-plant\/|vite\.config/,
  },
  {
    rule: "pure code is given its time and its chance",
    in: /^mes-server\/src\/(domain|pipeline)\/|^gateway-agent\/src\/sampling\/|^simulators\/src\/plant\//,
    except: test,
    line: /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bsetTimeout\(|\bsetInterval\(/,
  },
  {
    rule: "a test is neither skipped nor alone",
    line: /\b(it|test|describe)\.(skip|only|todo)\b/,
  },
  {
    rule: "a test awaits what happens, it does not sleep",
    in: test,
    line: /new Promise(<\w+>)?\(\(\w*\) => (void )?setTimeout\(\w+, ?[\d_]+\)|\bawait (sleep|delay)\(\d/,
  },
  {
    rule: "what is left undone is an issue, not a comment",
    line: /\/\/.*\b(TODO|FIXME|XXX|HACK)\b/,
  },
  {
    rule: "no ORM",
    line: /from "(typeorm|prisma|@prisma\/client|drizzle-orm|sequelize|knex|kysely|@mikro-orm\/core)"/,
  },
];

export function brokenBans(files: readonly SourceFile[]): Violation[] {
  return files
    .filter(({ path }) => path !== plantedHere)
    .flatMap((file) => bans.flatMap((ban) => violationsOf(ban, file)));
}

function violationsOf(ban: Ban, { path, text }: SourceFile): Violation[] {
  if (ban.in?.test(path) === false || ban.except?.test(path) === true) return [];
  const { rule, name, line: pattern } = ban;
  if (name !== undefined) {
    const named = path.split("/").find((part) => name.test(part));
    return named === undefined
      ? []
      : [{ path, line: 1, rule, what: `is named ${basename(named)}` }];
  }
  if (pattern === undefined) return [];
  return text
    .split("\n")
    .flatMap((content, index) =>
      pattern.test(content) ? [{ path, line: index + 1, rule, what: content.trim() }] : [],
    );
}
