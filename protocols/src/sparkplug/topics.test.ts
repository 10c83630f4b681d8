import { expect, test } from "vitest";
import { formatTopic, messageTypes, parseHostState, parseTopic, stateTopic } from "./topics.ts";

test.for(messageTypes)("a %s topic is written and read alike", (type) => {
  const topic = {
    group: "works",
    type,
    edgeNode: "edge-1",
    ...(type.startsWith("D") && { device: "plc-1" }),
  };
  expect(parseTopic(formatTopic(topic))).toEqual(topic);
});

test.for([
  "spBv1.0/works/DDATA/edge-1",
  "spBv1.0/works/NBIRTH/edge-1/plc-1",
  "spBv1.0/works/XDATA/edge-1",
  "spBv1.0/STATE/only-mes",
  "spAv1.0/works/NDATA/edge-1",
  "spBv1.0/works/DDATA/edge-1/plc-1/more",
  "spBv1.0//NDATA/edge-1",
  "",
])("%s is no message of an edge node", (topic) => {
  expect(parseTopic(topic)).toBeUndefined();
});

test("STATE is JSON with online and timestamp, and nothing else counts", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  expect(stateTopic("only-mes")).toBe("spBv1.0/STATE/only-mes");
  expect(parseHostState(bytes('{"online":true,"timestamp":5}'))).toEqual({
    online: true,
    timestamp: 5,
  });
  for (const text of ["ONLINE", "{}", "null", "", '{"online":"true","timestamp":5}', "[1]"]) {
    expect(parseHostState(bytes(text))).toBeUndefined();
  }
});
