import type { ErrorTable } from "./table.ts";

/** Errors of alarms, of their definitions, and of andon calls. */
export const alarmErrors = {
  alarm_definition_unknown: {
    status: 404,
    what: "No alarm definition of this id is known.",
    action: "Look the id up under /api/v1/alarm-definitions; one is made with PUT.",
  },
  alarm_definition_id_invalid: {
    status: 422,
    what: "An alarm definition is not named this way.",
    action: "Use <line>.<unit>.<name>, the name of a-z, 0-9, - and _.",
  },
  alarm_signal_missing: {
    status: 422,
    what: "The alarm does not say which signal it watches.",
    action: "Send `signal`; for an alarm of states, bind a machineState signal to the unit.",
  },
  alarm_signal_unknown: {
    status: 422,
    what: "The alarm watches a signal that is not known.",
    action: "Use <line>.<unit>.<signal>; /api/v1/signals lists them.",
  },
  alarm_signal_elsewhere: {
    status: 422,
    what: "The signal belongs to another line than the alarm.",
    action: "Define the alarm at the line whose signal it watches.",
  },
  alarm_signal_unsuitable: {
    status: 422,
    what: "What the signal tells cannot be held against this condition.",
    action:
      "limits and rate take numbers, status takes a bit, code takes numbers; a text can only be unreadable.",
  },
  alarm_signal_fixed: {
    status: 409,
    what: "An alarm definition keeps its signal: what happened belongs to it.",
    action: "Retire it, and define another one for the other signal.",
  },
  alarm_limits_reversed: {
    status: 422,
    what: "The limits of the alarm contradict each other.",
    action: "Order them lolo < lo < hi < hihi, with a deadband that leaves room between lo and hi.",
  },
  alarm_definition_too_far_back: {
    status: 422,
    what: "An alarm definition cannot come into force that long ago.",
    action: "Send an `occurredAt` of the last 24 hours.",
  },
  alarm_csv_invalid: {
    status: 422,
    what: "The CSV has problems; nothing was imported.",
    action: "Correct each of `problems`; its row is named, the first one below the headings is 1.",
  },
  alarm_unknown: {
    status: 404,
    what: "No alarm of this id is known.",
    action: "Look the id up under /api/v1/alarms; one of limits is <definition>.<limit>.",
  },
  alarm_not_active: {
    status: 409,
    what: "There is nothing to acknowledge: the alarm is normal, acknowledged already, or out of sight.",
    action: "Read the alarm again; one that is shelved or suppressed is brought back first.",
  },
  alarm_not_shelvable: {
    status: 409,
    what: "The alarm cannot be shelved, as it is suppressed by design or out of service.",
    action: "Bring it back into sight first, with unsuppress or return-to-service.",
  },
  alarm_not_shelved: {
    status: 409,
    what: "The alarm is not shelved.",
    action: "Read the alarm again: its shelving may have ended.",
  },
  alarm_not_suppressible: {
    status: 409,
    what: "The alarm is suppressed already, or out of service.",
    action: "Read the alarm again.",
  },
  alarm_not_suppressed: {
    status: 409,
    what: "The alarm is not suppressed by design.",
    action: "Read the alarm again.",
  },
  alarm_out_of_service: {
    status: 409,
    what: "The alarm is out of service already.",
    action: "Return it to service first.",
  },
  alarm_in_service: {
    status: 409,
    what: "The alarm is not out of service.",
    action: "Read the alarm again.",
  },
  shelving_too_long: {
    status: 422,
    what: "The alarm would be shelved for longer than its definition allows.",
    action: "Send an earlier `until`; take it out of service if it is to be out of sight for days.",
  },
  shelving_ended: {
    status: 422,
    what: "The shelving would end before it begins.",
    action: "Send an `until` that is later than now.",
  },
  andon_call_unknown: {
    status: 404,
    what: "No andon call of this id is known.",
    action: "Look the id up under /api/v1/andon-calls.",
  },
  andon_unit_elsewhere: {
    status: 422,
    what: "The unit of the call is not one of its line.",
    action: "Send the whole id of a unit of `line`, or leave `unit` out.",
  },
  andon_call_ended: {
    status: 409,
    what: "The call was resolved or cancelled before.",
    action: "Raise a new one if it is needed again.",
  },
  andon_call_already: {
    status: 409,
    what: "The call is there already: somebody has acknowledged it, or has arrived.",
    action: "Read the call again.",
  },
  andon_step_before_call: {
    status: 422,
    what: "The step is said to have happened before the call was raised.",
    action: "Correct `occurredAt`.",
  },
  escalation_rule_unknown: {
    status: 404,
    what: "No escalation rule of this id is known.",
    action: "Look the id up under /api/v1/escalation-rules.",
  },
  escalation_rule_twice: {
    status: 409,
    what: "Another escalation rule stands for the same equipment and kind.",
    action: "Change that one, or retire it first.",
  },
  escalation_steps_unordered: {
    status: 422,
    what: "The steps of an escalation do not follow each other in time.",
    action: "Order them by `afterMs`, each later than the one before.",
  },
} as const satisfies ErrorTable;
