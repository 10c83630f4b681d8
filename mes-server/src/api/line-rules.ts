import { listOf } from "@only-mes/protocols/console/http";
import { lineRule, lineRuleWanted, lineWait } from "@only-mes/protocols/console/stops";
import { z } from "zod";
import { waitsByRules } from "../domain/lines/line-waits.ts";
import type { LineRule } from "../domain/lines/line-rule.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { markDirtyHours } from "../store/markDirtyHours.ts";
import { readLineRules } from "../store/readLineRules.ts";
import { readLineTimes } from "../store/readLineTimes.ts";
import { saveLineRule } from "../store/saveLineRule.ts";
import { changed, changesAllowed, expectVersion } from "./change.ts";
import { knownLine, type ApiApp, type ApiContext } from "./context.ts";
import { ApiFailure } from "./failure.ts";
import { expectUnlocked } from "./period-lock.ts";
import { isoOrNull } from "./stop-answers.ts";
import { isoOf, windowOf, windowParameters } from "./window.ts";

const lineParameters = z.strictObject({ id: z.string().min(1).max(128) });
const waitDaysMax = 7;

export function lineRuleRoutes(app: ApiApp, context: ApiContext): void {
  app.route({
    method: "GET",
    url: "/lines/:id/rules",
    schema: {
      summary: "What makes a line's state and its stops, over time",
      tags: ["lines"],
      params: lineParameters,
      querystring: z.strictObject({}),
      response: { 200: listOf(lineRule) },
    },
    handler: async (request) => {
      const { id } = knownLine(context, request.params.id);
      return { items: (await readLineRules(context.pool, id, 0, Infinity)).map(ruleAnswer) };
    },
  });

  app.route({
    method: "PUT",
    url: "/lines/:id/rules",
    preValidation: changesAllowed(context),
    schema: {
      summary: "Rule what makes a line's state and its stops from an instant on",
      tags: ["lines"],
      params: lineParameters,
      body: lineRuleWanted,
      response: { 200: listOf(lineRule) },
    },
    handler: async (request) => {
      const line = knownLine(context, request.params.id);
      const { from, microstopMs, bottleneck, waitingStates, expectedVersion } = request.body;
      const known = new Set(line.units().map(({ id }) => id));
      const strange = bottleneck.units?.find((unit) => !known.has(unit));
      if (strange !== undefined) {
        throw new ApiFailure("line_rule_unit_unknown", `"${strange}"`, "bottleneck.units");
      }
      const command = { kind: "line.rule", subject: line.id };
      const rules = await changed(
        context,
        request,
        command,
        async ({ tx, nowMs, actor, ...change }) => {
          const fromMs = from === undefined ? change.occurredAtMs : Date.parse(from);
          const before = await readLineRules(tx, line.id, fromMs, fromMs + 1);
          expectVersion(expectedVersion, before[0]?.version ?? 0);
          await expectUnlocked(tx, line.id, fromMs, "from");
          const rule = { fromMs, microstopMs, bottleneck, waitingStates };
          await saveLineRule(tx, line.id, rule, change);
          if (fromMs < nowMs) await markDirtyHours(tx, [{ line: line.id, fromMs, toMs: nowMs }]);
          const data = { from: isoOf(fromMs), microstopMs, bottleneck, actor };
          await insertOutboxEvents(tx, [
            { kind: "line.ruleChanged", equipment: line.id, atMs: change.occurredAtMs, data },
          ]);
          return { items: (await readLineRules(tx, line.id, 0, Infinity)).map(ruleAnswer) };
        },
      );
      context.live.reload(line.id);
      return rules;
    },
  });

  app.route({
    method: "GET",
    url: "/lines/:id/waits",
    schema: {
      summary: "When the units of a line were starved or blocked by their neighbours",
      description: "Whole ones that lie in the range or reach into it, in order of time.",
      tags: ["lines"],
      params: lineParameters,
      querystring: z.strictObject(windowParameters),
      response: { 200: listOf(lineWait) },
    },
    handler: async (request) => {
      const { id } = knownLine(context, request.params.id);
      const { fromMs, toMs } = windowOf(request.query, context.clock.now(), waitDaysMax);
      const { units, rules } = await readLineTimes(context.pool, id, { fromMs, toMs });
      const waits = waitsByRules(units, rules).filter(
        (wait) => wait.fromMs < toMs && (wait.toMs === null || wait.toMs > fromMs),
      );
      return {
        items: waits.map((wait) => ({
          unit: wait.unit,
          kind: wait.kind,
          position: wait.position,
          from: isoOf(wait.fromMs),
          to: isoOrNull(wait.toMs),
        })),
      };
    },
  });
}

function ruleAnswer({ fromMs, toMs, version, ...rule }: LineRule): z.infer<typeof lineRule> {
  return {
    microstopMs: rule.microstopMs,
    bottleneck: {
      units: rule.bottleneck.units === null ? null : [...rule.bottleneck.units],
      combine: rule.bottleneck.combine,
    },
    waitingStates: rule.waitingStates.filter((state) => state !== "Unknown"),
    from: fromMs === 0 ? null : isoOf(fromMs),
    to: isoOrNull(toMs),
    version,
  };
}
