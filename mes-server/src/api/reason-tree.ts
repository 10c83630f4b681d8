import { listOf } from "@only-mes/protocols/console/http";
import {
  reasonTree,
  reasonTreePut,
  reasonTreeVersion,
  reasonTreeWanted,
} from "@only-mes/protocols/console/stops";
import { z } from "zod";
import type { Change } from "../changes/carryOut.ts";
import { reasonTreeDiff, reasonTreeProblems } from "../domain/stops/check-reason-tree.ts";
import { defaultReasonTree } from "../domain/stops/default-reason-tree.ts";
import { newestVersion, versionAt, type ReasonTreeVersion } from "../domain/stops/reason-tree.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { insertReasonTree, lockReasonTree } from "../store/insertReasonTree.ts";
import { markDirtyHours } from "../store/markDirtyHours.ts";
import { readReasonTree } from "../store/readReasonTree.ts";
import type { Transaction } from "../store/statement.ts";
import { changed, changesAllowed, expectVersion } from "./change.ts";
import { loadedBook, type ApiApp, type ApiContext } from "./context.ts";
import { ApiFailure } from "./failure.ts";
import { expectUnlocked } from "./period-lock.ts";
import { isoOf, windowParameters } from "./window.ts";

export function reasonTreeRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url: "/reason-tree",
    schema: {
      summary: "Reasons of stops, and the stop codes that stand for them",
      tags: ["stops"],
      querystring: z.strictObject({
        version: z.coerce.number().int().min(0).optional().describe("The newest if absent."),
        at: windowParameters.to.describe("The version that holds at this instant."),
      }),
      response: { 200: reasonTree },
    },
    handler: async ({ query: { version, at } }) => {
      const tree = await readReasonTree(context.pool);
      const found =
        version !== undefined
          ? tree.versions.find((one) => one.version === version)
          : at !== undefined
            ? versionAt(tree, Date.parse(at))
            : newestVersion(tree);
      if (found === undefined) throw new ApiFailure("reason_tree_unknown", `${version}`, "version");
      return treeAnswer(found);
    },
  });

  app.route({
    method: "GET",
    url: "/reason-tree/versions",
    schema: {
      summary: "Every version of the reason tree, the newest first",
      tags: ["stops"],
      querystring: z.strictObject({}),
      response: { 200: listOf(reasonTreeVersion) },
    },
    handler: async () => {
      const { versions } = await readReasonTree(context.pool);
      return {
        items: versions
          .map(({ version, fromMs, reasons, stopCodes }) => ({
            version,
            from: isoOf(fromMs),
            reasons: reasons.length,
            stopCodes: stopCodes.length,
          }))
          .sort((a, b) => b.version - a.version),
      };
    },
  });

  app.route({
    method: "PUT",
    url: "/reason-tree",
    preValidation: changesAllowed(context),
    schema: {
      summary: "A new version of the reason tree, for stops that begin from `occurredAt` on",
      tags: ["stops"],
      body: reasonTreeWanted,
      response: { 200: reasonTreePut },
    },
    handler: async (request) => {
      const { reasons, stopCodes, dryRun } = request.body;
      const problems = reasonTreeProblems({ reasons, stopCodes });
      if (problems.length > 0) {
        throw new ApiFailure("reason_tree_invalid", problems[0], "reasons", problems);
      }
      if (dryRun) {
        const before = await newestTree(context.pool);
        expectVersion(request.body.expectedVersion, before.version);
        const diff = reasonTreeDiff(before, { reasons, stopCodes });
        return { version: before.version, result: "dryRun" as const, diff };
      }
      const command = { kind: "reasonTree.put", subject: "reason-tree" };
      return changed(context, request, command, (change) => put(context, change, request.body));
    },
  });
}

async function put(
  context: ApiContext,
  { tx, commandId, actor, occurredAtMs, nowMs }: Change,
  { reasons, stopCodes, note, expectedVersion }: z.infer<typeof reasonTreeWanted>,
): Promise<z.infer<typeof reasonTreePut>> {
  await lockReasonTree(tx);
  const before = await newestTree(tx);
  expectVersion(expectedVersion, before.version);
  const version = before.version + 1;
  const tree = { version, fromMs: occurredAtMs, reasons, stopCodes };
  await insertReasonTree(tx, tree, { commandId, actor, note });
  await classAnew(context, tx, occurredAtMs, nowMs);
  const diff = reasonTreeDiff(before, tree);
  const data = { version, changes: diff.length, actor };
  await insertOutboxEvents(tx, [
    { kind: "reasonTree.put", equipment: "", atMs: occurredAtMs, data },
  ]);
  return { version, result: "put" as const, diff };
}

/** Stops that begin from then on are classed by the new tree. */
async function classAnew(
  context: ApiContext,
  tx: Transaction,
  fromMs: number,
  nowMs: number,
): Promise<void> {
  const lines = loadedBook(context).lines();
  for (const { id } of lines) await expectUnlocked(tx, id, fromMs);
  await markDirtyHours(
    tx,
    lines.map(({ id }) => ({ line: id, fromMs, toMs: nowMs })),
  );
}

async function newestTree(db: Transaction): Promise<ReasonTreeVersion> {
  return newestVersion(await readReasonTree(db)) ?? defaultReasonTree;
}

function treeAnswer({ version, fromMs, reasons, stopCodes }: ReasonTreeVersion) {
  return {
    version,
    from: isoOf(fromMs),
    reasons: reasons.map((reason) => ({
      ...reason,
      lossClass: reason.lossClass as Exclude<typeof reason.lossClass, "unobserved" | "unassigned">,
      equipment: [...reason.equipment],
    })),
    stopCodes: [...stopCodes],
  };
}
