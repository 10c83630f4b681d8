import type { DeadLetterReason } from "../pipeline/laneTask.ts";

/** Why a message, or a metric of one, was kept as a dead letter, and what to do about it. */
export const deadLetterReasonTexts: Record<DeadLetterReason, { what: string; action: string }> = {
  "payload-undecodable": {
    what: "The payload is no Sparkplug B protobuf.",
    action: "Look which client publishes on the topic, and let it speak Sparkplug B.",
  },
  "topic-unknown": {
    what: "The topic is in the Sparkplug namespace, but of no form that Sparkplug B knows.",
    action: "Correct the topic at the client that publishes it.",
  },
  "metric-unknown": {
    what: "Data came for a metric that no birth has told of, also after a rebirth was asked for.",
    action: "Let the edge node declare the metric in its birth.",
  },
  "definition-missing": {
    what: "A birth declares a metric without the property `Definition`.",
    action: "Let the gateway read the value from a device map, or leave the metric out.",
  },
  "definition-invalid": {
    what: "The property `Definition` of a metric does not follow its schema.",
    action: "Bring gateway and server to versions that agree; `detail` names the field.",
  },
  "machine-state-twice": {
    what: "Two signals of a unit claim to be its machine state.",
    action: "Give the role machineState to one signal a unit in the device map.",
  },
  "value-not-a-number": {
    what: "A signal that is a number has a value that is none.",
    action: "Correct the type of the tag in the device map.",
  },
  "value-not-finite": {
    what: "A value is not a number (NaN) or infinite.",
    action: "Look at the PLC's sensor and at the byte order of the tag.",
  },
  "value-not-a-count": {
    what: "A counter or a state code is negative or not whole.",
    action: "Correct type, byte order and scale of the tag in the device map.",
  },
  "value-not-text": {
    what: "A signal that is text has a value that is none.",
    action: "Correct the role or the type of the tag in the device map.",
  },
  "text-too-long": {
    what: "A text is longer than is kept.",
    action: "Shorten `length` of the tag in the device map.",
  },
  "source-time-missing": {
    what: "A sample has no time.",
    action: "Let the edge node put a timestamp on each metric.",
  },
  "source-time-out-of-range": {
    what: "The time of a sample lies too far in the future or past to be true.",
    action: "Set the clock of the PLC or gateway; see `detail` for the time.",
  },
  "state-code-unknown": {
    what: "A machine reports a state code that its map does not have.",
    action: "Add the code to `states` of the tag in the device map.",
  },
  "refused-by-database": {
    what: "The database refuses a message for what is in it.",
    action: "Report it with `detail`: the server should have refused it before.",
  },
};
