import { eventKinds } from "@only-mes/protocols/events/kinds";
import { outgoingEvent, outgoingState } from "@only-mes/protocols/events/outgoing";
import { z } from "zod";
import { unsStates } from "./uns/unsStates.ts";

/** docs/events.md: its text, and the tables that are made from those of the code. */
export function eventsPage(): string {
  return [
    "# Events",
    "",
    "What becomes so in production goes out: to MQTT, to webhooks, and as a list under `/api/v1/events`. An event is written in",
    "the transaction of what caused it (the table `outbox`), so there is none without its cause and no cause without its event.",
    "This page is made from the tables in protocols/src/events; a test holds it against them, and",
    "`npx vitest run mes-server/src/streams/events-page.test.ts -u` writes it anew.",
    "",
    ...promises,
    "",
    "## The shape of an event",
    "",
    "The same to MQTT, to webhooks and in the list; `data` is by the kind, below. As JSON schema:",
    "",
    ...jsonBlock(z.toJSONSchema(outgoingEvent)),
    "",
    ...mqtt,
    "",
    "| state | of | what |",
    "|---|---|---|",
    ...unsStates(() => []).map(({ name, of, what }) => `| \`${name}\` | ${of} | ${what} |`),
    "",
    "Its shape as JSON schema; `data` is what the table says:",
    "",
    ...jsonBlock(z.toJSONSchema(outgoingState)),
    "",
    ...webhooks,
    "",
    "## Kinds",
    "",
    "`/api/v1/event-kinds` has the JSON schema of each. Kinds and fields are added, never renamed or removed. Of an event that would",
    'be larger than 64 KiB, `data` is `{"tooLarge": true, "bytes": …}`: ask the API for the rest.',
    "",
    "| kind | what | `data` | example |",
    "|---|---|---|---|",
    ...Object.entries(eventKinds).map(([kind, { what, data, example }]) => {
      const fields = Object.keys(data.shape)
        .map((field) => `\`${field}\``)
        .join(", ");
      const { equipment } = example;
      const shown = `${equipment === "" ? "" : `${equipment}: `}\`${JSON.stringify(example.data)}\``;
      return `| \`${kind}\` | ${cell(what)} | ${fields} | ${cell(shown)} |`;
    }),
    "",
  ].join("\n");
}

const promises = [
  "## What is promised",
  "",
  "- **At least once.** A sink goes on from a cursor that moves only when the other side has taken an event: the broker has",
  "  acknowledged it, the receiver has answered 2xx. After a crash an event may come again, with the same `sequence`.",
  "- **In order.** Each sink sends in the order of `sequence`, in which events of the same equipment came about. What a",
  "  webhook's receiver refuses for too long is put away, and sent again later only if somebody wants it.",
  "- **Beside each other.** A sink that is slow, or away, delays no other, and no commit.",
  "- **As it was known.** What late samples or corrections change is an event of its own (`kpi.recalculated`,",
  "  `alarm.recalculated`, `quality.signalWithdrawn`): read the figures again then. `at` is plant time.",
  "- Events are kept for `--keep-events-days` (7) after every sink has sent them.",
];

const mqtt = [
  "## MQTT: a unified namespace",
  "",
  "Events go to `uns/<enterprise>/<site>/<area>/<line>[/<unit>]/event/<kind>`, QoS 1, not retained; those of no place to",
  "`uns/event/<kind>`. `--event-topic-root` names another root than `uns`. Sparkplug's topics stay as they are.",
  "",
  "States go to `uns/…/state/<state>`, QoS 1, retained: whoever subscribes has them at once. They are read from the database when",
  "they are sent (after an event that touches them, and at least every 15 s if they have changed), so a newer one never gives",
  "way to an older one. When equipment has moved, its states are published at the new place and cleared at the old one; when a",
  "broker has forgotten them, all of them are sent again.",
];

const webhooks = [
  "## Webhooks",
  "",
  "`POST /api/v1/webhooks` has events told to a URL: all of them, or those of some kinds (`job.started`, `alarm.*`) and some equipment",
  "with what lies below. The secret is made by whoever asks: `whsec_` and 24 to 64 random bytes in base64, for instance",
  '`echo "whsec_$(openssl rand -base64 32)"`. It is never given back, and no log or command holds it.',
  "",
  "A message is one event, as a POST with the headers of [Standard Webhooks](https://www.standardwebhooks.com):",
  "",
  "| header | what |",
  "|---|---|",
  "| `webhook-id` | `event-<sequence>`, the same whenever it comes: do nothing the second time |",
  "| `webhook-timestamp` | seconds since 1970 of this attempt: refuse what is older than some minutes |",
  "| `webhook-signature` | `v1,` and the base64 of HMAC-SHA256 over `<webhook-id>.<webhook-timestamp>.<body>`, with the bytes of the secret as key |",
  "",
  "Answer 2xx within 10 s, and work afterwards. Anything else is tried again after 1 s, 2 s, 4 s … up to 5 min (the half of it by",
  "chance), in order: nothing overtakes it. What has waited for 24 h at a failing receiver is put away as a dead letter, and so is at",
  "the third time what is answered by 400, 413, 415 or 422. A receiver that fails for 7 days is disabled. Redirections are not",
  "followed; link-local, metadata and group addresses are refused, whatever name stands for them.",
  "",
  "`/webhooks/{id}` says how it goes, `/webhooks/{id}/dead-letters` what was put away (kept for 30 days), and",
  "`POST /webhooks/{id}/replay` sends dead letters, or all events from a sequence on, again. `POST /webhooks/{id}/test` sends a",
  "`webhook.test` and says at once what became of it.",
];

function jsonBlock(schema: object): string[] {
  return ["```json", JSON.stringify(schema, null, 2), "```"];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}
