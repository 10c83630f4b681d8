import { escalationRule, escalationRulePut } from "@only-mes/protocols/console/andon";
import { listOf } from "@only-mes/protocols/console/http";
import { commandEnvelope } from "@only-mes/protocols/events/command-envelope";
import { slug } from "@only-mes/protocols/plant/signal";
import { z } from "zod";
import {
  readEscalationRules,
  retireEscalationRule,
  saveEscalationRule,
} from "../store/escalationRules.ts";
import { changed, changesAllowed, expectVersion } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import { ApiFailure } from "./failure.ts";

const tags = ["andon"];
const params = z.strictObject({ id: slug });

/** Whom to tell if nobody answers a call. */
export function escalationRuleRoutes(app: ApiApp, context: ApiContext): void {
  const { pool } = context;
  const preValidation = changesAllowed(context);

  app.route({
    method: "GET",
    url: "/escalation-rules",
    schema: {
      summary: "Whom to tell if nobody answers a call",
      description:
        "The rule of the call's line stands above that of its area, of its site, and of everywhere; of two " +
        "there, the one that names the kind of the call.",
      tags,
      response: { 200: listOf(escalationRule) },
    },
    handler: async () => ({ items: await readEscalationRules(pool) }),
  });

  app.route({
    method: "PUT",
    url: "/escalation-rules/:id",
    preValidation,
    schema: {
      summary: "Make or replace a rule; it holds for open calls too",
      tags,
      params,
      body: escalationRulePut,
      response: { 200: escalationRule },
    },
    handler: async (request) => {
      const { id } = request.params;
      const { equipment, kind, steps, expectedVersion } = request.body;
      steps.forEach(({ afterMs }, index) => {
        const before = steps[index - 1];
        if (before === undefined || before.afterMs < afterMs) return;
        const detail = `${afterMs} ms is not after ${before.afterMs} ms.`;
        throw new ApiFailure("escalation_steps_unordered", detail, `steps.${index}.afterMs`);
      });
      const command = { kind: "escalationRule.put", subject: id };
      return changed(context, request, command, async ({ tx }) => {
        const rules = await readEscalationRules(tx);
        expectVersion(expectedVersion, rules.find((rule) => rule.id === id)?.version ?? 0);
        const twin = rules.find(
          (rule) => rule.id !== id && rule.equipment === equipment && rule.kind === kind,
        );
        if (twin !== undefined)
          throw new ApiFailure("escalation_rule_twice", `"${twin.id}"`, "equipment");
        return saveEscalationRule(tx, { id, equipment, kind, steps });
      });
    },
  });

  app.route({
    method: "POST",
    url: "/escalation-rules/:id/retire",
    preValidation,
    schema: {
      summary: "End a rule",
      tags,
      params,
      body: commandEnvelope,
      response: { 200: escalationRule },
    },
    handler: async (request) => {
      const { id } = request.params;
      const command = { kind: "escalationRule.retire", subject: id };
      return changed(context, request, command, async ({ tx }) => {
        const rule = (await readEscalationRules(tx)).find((one) => one.id === id);
        if (rule === undefined) throw new ApiFailure("escalation_rule_unknown", `"${id}"`, "id");
        expectVersion(request.body.expectedVersion, rule.version);
        await retireEscalationRule(tx, id);
        return rule;
      });
    },
  });
}
