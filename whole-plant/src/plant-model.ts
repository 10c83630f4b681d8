import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { parsePlantModel } from "@only-mes/protocols/plant/parse-plant-model";
import { formatProblem } from "@only-mes/protocols/yaml/parse-yaml";

/** `npm run plant`: the plant model as a file, from and to a running server (docs/plant-model.md). */
const help = `npm run plant -- check <file.yaml>     whether the file is right in itself
npm run plant -- export                the plant model of the server, as YAML
npm run plant -- import <file.yaml>    brings the file to the server, and says what has changed

  --server http://127.0.0.1:8080       where the server is
  --dry-run                            of import: only say what would change
  --actor engineer                     of import: who asks, a reference and never a person's name
`;

process.exitCode = await run(process.argv.slice(2));

async function run(args: string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        server: { type: "string", default: "http://127.0.0.1:8080" },
        actor: { type: "string", default: "engineer" },
        "dry-run": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
    const [verb, file] = positionals;
    const url = `${values.server}/api/v1/plant-model`;
    if (values.help) return say(help, 0);
    if (verb === "export" && file === undefined) return say(await answerOf(await fetch(url)), 0);
    if (verb === "check" && file !== undefined) return check(file);
    if (verb === "import" && file !== undefined) {
      return await importFile(url, file, { actor: values.actor, dryRun: values["dry-run"] });
    }
    process.stderr.write(help);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  }
  return 2;
}

function say(text: string, code: number): number {
  process.stdout.write(text);
  return code;
}

function check(file: string): number {
  const { nodes, problems } = parsePlantModel(readFileSync(file, "utf8"), file);
  if (problems === undefined) return say(`${file}: ${nodes.length} pieces of equipment\n`, 0);
  return say(`${problems.map((problem) => formatProblem(problem)).join("\n")}\n`, 1);
}

async function importFile(
  url: string,
  file: string,
  { actor, dryRun }: { actor: string; dryRun: boolean },
): Promise<number> {
  const text = readFileSync(file, "utf8");
  const response = await fetch(url, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ commandId: randomUUID(), actor, text, dryRun }),
  });
  const answer = JSON.parse(await answerOf(response)) as { result: string; diff: string[] };
  return say(`${[...answer.diff, answer.result].join("\n")}\n`, 0);
}

/** @throws {Error} with all that the server says is wrong. */
async function answerOf(response: Response): Promise<string> {
  const body = await response.text();
  if (response.ok) return body;
  const { error } = JSON.parse(body) as {
    error: { message: string; action: string; problems?: string[] };
  };
  throw new Error([...(error.problems ?? [error.message]), error.action].join("\n"));
}
