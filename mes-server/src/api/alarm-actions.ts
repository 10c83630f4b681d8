import {
  alarm,
  alarmChange,
  alarmsChange,
  alarmsChanged,
  alarmShelving,
  alarmsShelving,
  type AlarmAction,
  type AlarmsChanged,
  type AlarmState,
} from "@only-mes/protocols/console/alarms";
import type { CommandEnvelope } from "@only-mes/protocols/events/command-envelope";
import { z } from "zod";
import { actOnAlarms } from "../alarms/actOnAlarms.ts";
import type { Change } from "../changes/carryOut.ts";
import { readAlarms, type AlarmRow } from "../store/readAlarms.ts";
import { alarmAnswer } from "./alarms.ts";
import { changed, changesAllowed } from "./change.ts";
import type { ApiApp, ApiContext } from "./context.ts";
import type { ApiErrorCode } from "./errors.ts";
import { ApiFailure } from "./failure.ts";
import { isoOf } from "./window.ts";

const actions: Record<AlarmAction, { path: string; summary: string; refused: ApiErrorCode }> = {
  acknowledge: {
    path: "acknowledge",
    summary: "Somebody has taken notice of",
    refused: "alarm_not_active",
  },
  shelve: {
    path: "shelve",
    summary: "Put out of sight, until a time:",
    refused: "alarm_not_shelvable",
  },
  unshelve: {
    path: "unshelve",
    summary: "Bring back from the shelf",
    refused: "alarm_not_shelved",
  },
  suppress: {
    path: "suppress",
    summary: "Suppress by design, as a state of the plant makes it meaningless:",
    refused: "alarm_not_suppressible",
  },
  unsuppress: {
    path: "unsuppress",
    summary: "End the suppression of",
    refused: "alarm_not_suppressed",
  },
  removeFromService: {
    path: "remove-from-service",
    summary: "Take out of service, for maintenance:",
    refused: "alarm_out_of_service",
  },
  returnToService: {
    path: "return-to-service",
    summary: "Return to service",
    refused: "alarm_in_service",
  },
};

type Body = CommandEnvelope & { comment?: string | undefined; until?: string | undefined };

/** What people do about alarms: to one of them, or to many at once, each with an outcome of its own. */
export function alarmActionRoutes(app: ApiApp, context: ApiContext): void {
  const preValidation = changesAllowed(context);
  const tags = ["alarms"];

  for (const action of Object.keys(actions) as AlarmAction[]) {
    const { path, summary } = actions[action];
    const isShelving = action === "shelve";

    app.route({
      method: "POST",
      url: `/alarms/:id/${path}`,
      preValidation,
      schema: {
        summary: `${summary} an alarm`,
        tags,
        params: z.strictObject({ id: z.string().max(260) }),
        body: isShelving ? alarmShelving : alarmChange,
        response: { 200: alarm },
      },
      handler: async (request) => {
        const { id } = request.params;
        const command = { kind: `alarm.${action}`, subject: id };
        const answer = await changed(context, request, command, async (change) => {
          const { changed: done, failures } = await act(change, [id], action, request.body);
          if (failures[0] !== undefined) throw failures[0].failure;
          return done;
        });
        const [one] = answer;
        if (one === undefined) throw new ApiFailure("alarm_unknown", `"${id}"`, "id");
        tell(context, action, answer);
        return one;
      },
    });

    app.route({
      method: "POST",
      url: `/alarms/${path}`,
      preValidation,
      schema: {
        summary: `${summary} many alarms`,
        description: "Those that do not take it are answered under `refused`; the others are done.",
        tags,
        body: isShelving ? alarmsShelving : alarmsChange,
        response: { 200: alarmsChanged },
      },
      handler: async (request) => {
        const ids = [...new Set(request.body.alarms)];
        const command = {
          kind: `alarm.${action}`,
          subject: ids.length === 1 ? (ids[0] ?? "") : "alarms",
        };
        const answer = await changed(context, request, command, async (change) => {
          const { changed: done, failures } = await act(change, ids, action, request.body);
          const refused = failures.map(({ id, failure: { code, message } }) => ({
            alarm: id,
            code,
            message,
          }));
          return { changed: done, refused } satisfies AlarmsChanged;
        });
        tell(context, action, answer.changed);
        return answer;
      },
    });
  }
}

interface Acted {
  changed: AlarmsChanged["changed"];
  failures: { id: string; failure: ApiFailure }[];
}

async function act(
  change: Change,
  ids: readonly string[],
  action: AlarmAction,
  { comment, until }: Body,
): Promise<Acted> {
  const untilMs = until === undefined ? null : Date.parse(until);
  const rows = await readAlarms(change.tx, { ids, limit: ids.length });
  const known = new Map(rows.map((row) => [row.id, row]));
  const failures: Acted["failures"] = [];
  const takable = ids.filter((id) => {
    const failure = problemOf(known.get(id), id, change, untilMs);
    if (failure !== undefined) failures.push({ id, failure });
    return failure === undefined;
  });
  const wanted = { action, comment: comment ?? null, untilMs };
  const outcome = await actOnAlarms(change, takable, wanted);
  for (const [id, refused] of outcome) {
    if (refused !== null) failures.push({ id, failure: refusal(action, id, refused.state) });
  }
  const done = takable.filter((id) => outcome.get(id) === null);
  const after =
    done.length === 0 ? [] : await readAlarms(change.tx, { ids: done, limit: done.length });
  return { changed: after.map(alarmAnswer), failures };
}

function problemOf(
  row: AlarmRow | undefined,
  id: string,
  { occurredAtMs, nowMs }: Change,
  untilMs: number | null,
): ApiFailure | undefined {
  if (row === undefined) return new ApiFailure("alarm_unknown", `"${id}"`, "id");
  if (untilMs === null) return undefined;
  if (untilMs <= nowMs) return new ApiFailure("shelving_ended", isoOf(untilMs), "until");
  const { shelveMaxMs } = row.settings;
  if (untilMs - occurredAtMs > shelveMaxMs) {
    const latest = isoOf(occurredAtMs + shelveMaxMs);
    return new ApiFailure("shelving_too_long", `"${id}": until ${latest} at most.`, "until");
  }
  return undefined;
}

function refusal(action: AlarmAction, id: string, state: AlarmState): ApiFailure {
  return new ApiFailure(actions[action].refused, `"${id}" is ${state}.`, "id");
}

const told: Partial<Record<AlarmAction, string>> = {
  acknowledge: "acknowledged",
  shelve: "shelved",
  removeFromService: "taken out of service",
};

/** Once a line, so that acknowledging a flood is not another one. */
function tell(
  { live, clock }: ApiContext,
  action: AlarmAction,
  alarms: AlarmsChanged["changed"],
): void {
  const word = told[action];
  if (word === undefined || !live.hasLoaded()) return;
  for (const [line, of] of Map.groupBy(alarms, (one) => one.line)) {
    const [first] = of;
    if (first === undefined) continue;
    const unit = live.book.unit(first.unit)?.definition.name ?? first.unit;
    const others = of.length > 1 ? ` and ${of.length - 1} more` : "";
    const atMs = clock.now();
    const text = `${unit}: ${first.name}${others} ${word}`;
    live.tell(line, {
      id: `alarm:${action}:${first.id}:${atMs}`,
      kind: "alarm",
      unit: first.unit,
      atMs,
      text,
    });
  }
}
