import { expect, it } from "vitest";
import { toldEvent } from "./event-text.ts";

const event = { id: "1", unit: "bottling-1.filler", atMs: 0 };

it("tells a state by the brand's own word for it", () => {
  expect(toldEvent({ ...event, kind: "state", text: "Filler: Aborted" }, "Filler")).toEqual({
    id: "state.Aborted",
    text: "Aborted",
    look: "stopped",
  });
});

it("keeps the server's words where it knows none", () => {
  const told = toldEvent({ ...event, kind: "state", text: "Filler: Dancing" }, "Filler");
  expect(told).toEqual({ id: null, text: "Dancing", look: null });
});

it("tells what happened to a counter in its own language, with the server's words beside", () => {
  const text = "Filler: the good counter rolled over";
  const told = toldEvent({ ...event, kind: "counterRollover", text }, "Filler");
  expect(told).toEqual({
    id: "event.counterRollover",
    text: "the good counter rolled over",
    look: null,
  });
});
