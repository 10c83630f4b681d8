import { expect, test } from "vitest";
import { inspectAnswer, inspectAsk } from "./messages.ts";
import { inspectAnswerTopic, inspectAskTopic } from "./topics.ts";

const id = "0a1b2c3d-4e5f";

test("an ask and its answer have topics of their own", () => {
  const name = { site: "works", edgeNode: "edge-1" };
  expect(inspectAskTopic(name)).toBe("only-mes/works/edge-1/inspect/ask");
  expect(inspectAnswerTopic(name, id)).toBe(`only-mes/works/edge-1/inspect/answer/${id}`);
});

test("an ask is bounded, whatever it leaves out", () => {
  expect(inspectAsk.parse({ id, kind: "browse", device: "plc" })).toEqual({
    id,
    kind: "browse",
    device: "plc",
    timeLimitMs: 10_000,
    root: "i=85",
    match: [],
    depthMax: 16,
    nodesMax: 5000,
    variablesMax: 500,
    includesServer: false,
  });
});

test.for([
  ["an id that is no level of a topic", { id: "a/b/#/+/long" }],
  ["a short id", { id: "abc" }],
  ["both a device and an endpoint", { endpoint: "tcp://a:1" }],
  ["too long a time", { timeLimitMs: 60_000 }],
  ["more than the bounds", { nodesMax: 1_000_000 }],
] as const)("%s is refused", ([, change]) => {
  const ask = { id, kind: "browse", device: "plc", ...change };
  expect(inspectAsk.safeParse(ask).success).toBe(false);
});

test("a refusal is an answer", () => {
  const refusal = { id, isAnswered: false, code: "notAllowed", message: "no" };
  expect(inspectAnswer.parse(refusal)).toEqual(refusal);
});
