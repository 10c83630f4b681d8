import { rebirthMetric } from "@only-mes/protocols/sparkplug/births";
import {
  deliveryAcknowledgedMetric,
  parseAcknowledgement,
  type Acknowledgement,
} from "@only-mes/protocols/sparkplug/delivery";
import { decodePayload } from "@only-mes/protocols/sparkplug/payload";

export type NodeCommand =
  | { readonly kind: "rebirth" }
  | { readonly kind: "acknowledged"; readonly acknowledgement: Acknowledgement }
  | { readonly kind: "refused"; readonly why: string };

/** What an NCMD asks for. It never throws: what cannot be read is refused, with the reason. */
export function readNodeCommands(payload: Uint8Array): NodeCommand[] {
  try {
    return decodePayload(payload).metrics.map(({ name, value }) => {
      if (name === rebirthMetric) {
        return value === true
          ? { kind: "rebirth" }
          : { kind: "refused", why: `${rebirthMetric} with ${String(value)}, not true` };
      }
      if (name === deliveryAcknowledgedMetric) return readAcknowledgement(value);
      return { kind: "refused", why: `this gateway has no command "${String(name).slice(0, 80)}"` };
    });
  } catch (error) {
    return [{ kind: "refused", why: `no Sparkplug payload: ${message(error)}` }];
  }
}

function readAcknowledgement(value: unknown): NodeCommand {
  if (typeof value !== "string") {
    return { kind: "refused", why: `${deliveryAcknowledgedMetric} is no text` };
  }
  try {
    return { kind: "acknowledged", acknowledgement: parseAcknowledgement(value) };
  } catch (error) {
    return { kind: "refused", why: message(error) };
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
