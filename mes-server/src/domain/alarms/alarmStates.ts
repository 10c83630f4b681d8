import type { AlarmAction, AlarmState } from "@only-mes/protocols/console/alarms";

export type AlarmEvent = "raise" | "clear" | AlarmAction;

/**
 * The states of an alarm after ISA-18.2, as a total table. What takes an alarm back into sight
 * (unshelve, unsuppress, returnToService) leads to `normal`; if its condition holds, it is raised there
 * anew (alarmFold). Out of service outranks suppressed by design, which outranks shelved.
 */
export const alarmTransitions: Record<AlarmState, Record<AlarmEvent, AlarmState>> = {
  normal: {
    raise: "unacknowledged",
    clear: "normal",
    acknowledge: "normal",
    shelve: "shelved",
    unshelve: "normal",
    suppress: "suppressedByDesign",
    unsuppress: "normal",
    removeFromService: "outOfService",
    returnToService: "normal",
  },
  unacknowledged: {
    raise: "unacknowledged",
    clear: "returnedUnacknowledged",
    acknowledge: "acknowledged",
    shelve: "shelved",
    unshelve: "unacknowledged",
    suppress: "suppressedByDesign",
    unsuppress: "unacknowledged",
    removeFromService: "outOfService",
    returnToService: "unacknowledged",
  },
  acknowledged: {
    raise: "acknowledged",
    clear: "normal",
    acknowledge: "acknowledged",
    shelve: "shelved",
    unshelve: "acknowledged",
    suppress: "suppressedByDesign",
    unsuppress: "acknowledged",
    removeFromService: "outOfService",
    returnToService: "acknowledged",
  },
  returnedUnacknowledged: {
    raise: "unacknowledged",
    clear: "returnedUnacknowledged",
    acknowledge: "normal",
    shelve: "shelved",
    unshelve: "returnedUnacknowledged",
    suppress: "suppressedByDesign",
    unsuppress: "returnedUnacknowledged",
    removeFromService: "outOfService",
    returnToService: "returnedUnacknowledged",
  },
  shelved: {
    raise: "shelved",
    clear: "shelved",
    acknowledge: "shelved",
    shelve: "shelved",
    unshelve: "normal",
    suppress: "suppressedByDesign",
    unsuppress: "shelved",
    removeFromService: "outOfService",
    returnToService: "shelved",
  },
  suppressedByDesign: {
    raise: "suppressedByDesign",
    clear: "suppressedByDesign",
    acknowledge: "suppressedByDesign",
    shelve: "suppressedByDesign",
    unshelve: "suppressedByDesign",
    suppress: "suppressedByDesign",
    unsuppress: "normal",
    removeFromService: "outOfService",
    returnToService: "suppressedByDesign",
  },
  outOfService: {
    raise: "outOfService",
    clear: "outOfService",
    acknowledge: "outOfService",
    shelve: "outOfService",
    unshelve: "outOfService",
    suppress: "outOfService",
    unsuppress: "outOfService",
    removeFromService: "outOfService",
    returnToService: "normal",
  },
};

/** Whether what a person does changes anything; shelving a shelved alarm moves its end. */
export function isAccepted(state: AlarmState, action: AlarmAction): boolean {
  if (state === "shelved" && action === "shelve") return true;
  return alarmTransitions[state][action] !== state;
}
