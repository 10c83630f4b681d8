import { liveRefusals } from "../live/refusals.ts";
import { deadLetterReasonTexts } from "./dead-letter-reasons.ts";
import { apiErrors } from "./errors.ts";

/** docs/errors.md, as the tables of codes make it. */
export function errorsPage(): string {
  return [
    "# Errors",
    "",
    "Codes are stable: they may be matched by programs, their texts may not. This page is made from the tables",
    "in mes-server/src/api and mes-server/src/live; a test holds it against them, and",
    "`npx vitest run mes-server/src/api/errors-page.test.ts -u` writes it anew.",
    "",
    "## HTTP API",
    "",
    "Every answer below `/api` that is no success is",
    '`{"error": {"code", "message", "action", "field"?, "problems"?}}`; `field` names the parameter at fault, `problems` all that is wrong.',
    "",
    ...table(
      ["code", "status", "what happened", "what to do"],
      Object.entries(apiErrors).map(([code, { status, what, action }]) => [
        code,
        String(status),
        what,
        action,
      ]),
    ),
    "",
    "## Live topics",
    "",
    "`protocol_…` come with `connect_error` (`error.data.code`), the others as the answer to `subscribe`.",
    "",
    ...codeTable(liveRefusals),
    "",
    "## Dead letters",
    "",
    "Reasons under `/api/v1/dead-letters`, and labels of the metric that counts them under `/metrics`. What is refused is",
    "kept with its reason and stops nothing else.",
    "",
    ...codeTable(deadLetterReasonTexts),
    "",
  ].join("\n");
}

function codeTable(texts: Record<string, { what: string; action: string }>): string[] {
  return table(
    ["code", "what happened", "what to do"],
    Object.entries(texts).map(([code, { what, action }]) => [code, what, action]),
  );
}

function table(head: string[], rows: string[][]): string[] {
  const line = (cells: string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    line(head),
    `|${head.map(() => "---").join("|")}|`,
    ...rows.map(([code = "", ...rest]) => line([`\`${code}\``, ...rest])),
  ];
}
