import { expect, test } from "vitest";
import { leaseAsk, readGatewayMessage } from "./messages.ts";
import { everyGatewayTopic, formatGatewayTopic, parseGatewayTopic } from "./topics.ts";

const of = { site: "works", gateway: "edge-1", member: "edge-1-a" };

test.for([
  ["leaseAsk", "only-mes/works/edge-1/lease/ask/edge-1-a"],
  ["leaseAnswer", "only-mes/works/edge-1/lease/answer/edge-1-a"],
  ["mapState", "only-mes/works/edge-1/map/state/edge-1-a"],
  ["mapDeploy", "only-mes/works/edge-1/map/deploy/edge-1-a"],
] as const)("%s is %s, both ways", ([kind, topic]) => {
  expect(formatGatewayTopic({ ...of, kind })).toBe(topic);
  expect(parseGatewayTopic(topic)).toEqual({ ...of, kind });
  expect(everyGatewayTopic(kind)).toBe(
    topic.replace("works/edge-1", "+/+").replace("edge-1-a", "+"),
  );
});

test.for([
  "spBv1.0/works/NDATA/edge-1",
  "only-mes/works/edge-1/lease/take/edge-1-a",
  "only-mes/works/edge-1/lease/ask",
  "only-mes/works/edge-1/lease/ask/",
  "only-mes/works/edge-1/lease/ask/a/b",
  "only-mes/Works/edge-1/lease/ask/a",
  `only-mes/works/edge-1/lease/ask/${"a".repeat(65)}`,
])("%s is none of them", (topic) => {
  expect(parseGatewayTopic(topic)).toBeUndefined();
});

test("a message that is not of its form is none", () => {
  const read = (text: string) => readGatewayMessage(leaseAsk, new TextEncoder().encode(text));
  expect(read('{"ask":1,"leaseMs":3000,"nowMs":1,"more":true}')).toEqual({
    ask: 1,
    leaseMs: 3000,
    nowMs: 1,
    isLast: false,
  });
  for (const wrong of ["", "{", "[]", '{"ask":1}', '{"ask":1,"leaseMs":5,"nowMs":1}']) {
    expect(read(wrong)).toBeUndefined();
  }
});
