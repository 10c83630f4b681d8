import type { LineEvent } from "@only-mes/protocols/console/live";
import type { MachineState, StateLook } from "@only-mes/protocols/plant/machine-state";
import { lookOfState, machineStates } from "@only-mes/protocols/plant/machine-state";
import type { MessageId } from "../../brand/messages/en.ts";

/** What an event says in the brand's own words, and the look of the state that it tells of. */
export interface ToldEvent {
  id: MessageId | null;
  /** The server's text, where there is no word of our own. */
  text: string;
  look: StateLook | null;
}

export function toldEvent({ kind, text }: LineEvent, unitName: string): ToldEvent {
  const prefix = `${unitName}: `;
  const rest = text.startsWith(prefix) ? text.slice(prefix.length) : text;
  // Names of alarms and notes of calls are the plant's own words.
  if (kind === "alarm" || kind === "andon") return { id: null, text: rest, look: null };
  if (kind !== "state") return { id: `event.${kind}`, text: rest, look: null };
  const state = machineStates.find((one: MachineState) => one === rest);
  return state === undefined
    ? { id: null, text: rest, look: null }
    : { id: `state.${state}`, text: rest, look: lookOfState[state] };
}
