/** Why a console is refused: what happened, and what to do. docs/errors.md lists them. */
export const liveRefusals = {
  protocol_too_old: {
    what: "This console is older than its server.",
    action: "Reload it.",
  },
  protocol_too_new: {
    what: "This console is newer than its server.",
    action: "Update the server, or reload the console.",
  },
  subscription_invalid: {
    what: "The subscription is not of the form that the server takes.",
    action: "Send {topic, epoch?, seq?}, the topic being andon or line:<id>.",
  },
  topic_unknown: {
    what: "There is no such topic.",
    action: "Subscribe to andon, or to line:<id> of a line that it shows.",
  },
  topics_too_many: {
    what: "A console cannot subscribe to so many topics.",
    action: "Unsubscribe from those that it does not show.",
  },
} as const satisfies Record<string, { what: string; action: string }>;

export type LiveRefusal = keyof typeof liveRefusals;

export function refusalText(code: LiveRefusal, detail: string): string {
  const { what, action } = liveRefusals[code];
  return `${what} ${detail} ${action}`;
}
