import {
  importAnswer,
  importRowsMax,
  orderRow,
  ordersImport,
  type ImportAnswer,
  type ImportOutcome,
} from "@only-mes/protocols/console/orders";
import type { CommandEnvelope } from "@only-mes/protocols/events/command-envelope";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Change } from "../changes/carryOut.ts";
import { changeOrders, type OrderOutcome, type WantedOrder } from "../orders/order-changes.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { changed, changesAllowed } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { apiErrors, type ApiErrorCode } from "./errors.ts";
import { ApiFailure } from "./failure.ts";
import { readCsv } from "./read-csv.ts";

const bodyBytesMax = 2 * 1024 * 1024;

/** What the ERP has planned, many orders at a time. */
export function orderImportRoutes(app: ApiApp, context: ApiContext): void {
  app.register(async (scope: ApiApp) => {
    // Text goes the way of JSON: what a table cannot say of itself stands in the URL and the headers.
    scope.addContentTypeParser(
      "text/csv",
      { parseAs: "string" },
      async (request: FastifyRequest, text: string) => ({
        ...(request.query as object),
        csv: text,
      }),
    );
    scope.route({
      method: "POST",
      url: "/production-orders/import",
      bodyLimit: bodyBytesMax,
      schema: {
        summary: "Creates and changes many production orders at once",
        description:
          "As JSON, or as the body itself with `content-type: text/csv` and `actor` in the URL. Each row has an " +
          "outcome of its own: one that is refused harms no other. The same import again changes nothing.",
        tags: ["orders"],
        querystring: z.strictObject({ actor: z.string().max(64).optional().describe("With CSV.") }),
        body: ordersImport,
        response: { 200: importAnswer },
      },
      preValidation: changesAllowed(context),
      handler: (request) => {
        const body: CommandEnvelope & z.infer<typeof ordersImport> = request.body;
        const command = { kind: "order.import", subject: "production-orders" };
        return changed(context, { headers: request.headers, body }, command, (change) =>
          takeRows(change, rowsOf(request.body)),
        );
      },
    });
  });
}

function rowsOf({ orders, csv }: z.infer<typeof ordersImport>): readonly unknown[] {
  if (orders !== undefined) return orders;
  if (csv === undefined) throw new ApiFailure("import_empty", undefined, "orders");
  return orderRowsOf(csv);
}

const headings = new Set([
  "id",
  "product",
  "quantity",
  "due",
  "priority",
  "customerReference",
  "expectedVersion",
  // Of an export, which may be sent back as it is, or with changes.
  "status",
  "version",
]);
const numbers = new Set(["quantity", "priority", "expectedVersion", "version"]);

function orderRowsOf(text: string): Record<string, unknown>[] {
  const table = readCsv(text);
  if ("problem" in table) throw new ApiFailure("csv_unreadable", table.problem, "csv");
  const [names = [], ...rows] = table.rows;
  const foreign = names.find((name) => !headings.has(name));
  if (foreign !== undefined) {
    throw new ApiFailure("csv_unreadable", `There is no column "${foreign.slice(0, 60)}".`, "csv");
  }
  if (rows.length === 0 || rows.length > importRowsMax) {
    throw new ApiFailure("csv_unreadable", `It has ${rows.length} rows.`, "csv");
  }
  return rows.map((cells) => {
    const {
      status: _status,
      version,
      ...row
    } = Object.fromEntries(
      names
        .map((name, place): [string, unknown] => [name, valueOf(name, cells[place] ?? "")])
        .filter(([, value]) => value !== undefined),
    );
    return version === undefined ? row : { expectedVersion: version, ...row };
  });
}

/** An empty cell is a field that is left out; digits stand for a number where one is expected. */
function valueOf(name: string, cell: string): unknown {
  const text = cell.trim();
  if (text === "") return undefined;
  return numbers.has(name) && /^-?\d{1,15}$/.test(text) ? Number(text) : text;
}

async function takeRows({ tx, nowMs }: Change, rows: readonly unknown[]): Promise<ImportAnswer> {
  const parsed = rows.map((row) => orderRow.safeParse(row));
  const wanted = parsed.flatMap((result): WantedOrder[] => (result.success ? [result.data] : []));
  const { outcomes, events } = await changeOrders(tx, wanted, nowMs);
  await insertOutboxEvents(tx, events);
  let next = 0;
  const answers = parsed.map((result, place): ImportOutcome => {
    const row = place + 1;
    if (!result.success) return { row, id: idOf(rows[place]), ...invalid(result.error) };
    const outcome = outcomes[next];
    next += 1;
    if (outcome === undefined) throw new Error("an order without an outcome");
    return { row, id: result.data.id, ...told(outcome) };
  });
  const count = (outcome: ImportOutcome["outcome"]): number =>
    answers.filter((answer) => answer.outcome === outcome).length;
  return {
    created: count("created"),
    changed: count("changed"),
    unchanged: count("unchanged"),
    refused: count("refused"),
    rows: answers,
  };
}

function told(outcome: OrderOutcome): Pick<ImportOutcome, "outcome" | "error"> {
  if (outcome.outcome !== "refused") return { outcome: outcome.outcome };
  return refused(outcome.code, outcome.detail, outcome.field);
}

function invalid(error: z.ZodError): Pick<ImportOutcome, "outcome" | "error"> {
  const [issue] = error.issues;
  const keys = issue?.code === "unrecognized_keys" ? issue.keys.slice(0, 1) : [];
  const field = [...(issue?.path ?? []), ...keys].join(".").slice(0, 200) || "row";
  return refused("body_invalid", `${field}: ${issue?.message ?? "invalid"}`, field);
}

function refused(
  code: ApiErrorCode,
  detail: string,
  field: string,
): Pick<ImportOutcome, "outcome" | "error"> {
  const { what, action } = apiErrors[code];
  return { outcome: "refused", error: { code, message: `${what} ${detail}`, action, field } };
}

function idOf(row: unknown): string | null {
  const id = row !== null && typeof row === "object" && "id" in row ? row.id : null;
  return typeof id === "string" ? id.slice(0, 64) : null;
}
