import { expect, it } from "vitest";
import { segmentsOf, totalsOf } from "./state-history.ts";

const at = (minute: number) => new Date(minute * 60_000).toISOString();
const ms = (minute: number) => minute * 60_000;

it("cuts the record at the edge, joins neighbours of one look, and goes on with the state of now", () => {
  const segments = segmentsOf(
    [
      { state: "Execute", from: at(-5), to: at(10) },
      { state: "Stopping", from: at(10), to: at(11) },
      { state: "Stopped", from: at(11), to: at(20) },
      { state: "Execute", from: at(20), to: null },
    ],
    { state: "Execute", stateSinceMs: ms(20) },
    ms(0),
    ms(30),
  );
  expect(segments).toEqual([
    { look: "running", fromMs: ms(0), toMs: ms(10) },
    { look: "stopped", fromMs: ms(10), toMs: ms(20) },
    { look: "running", fromMs: ms(20), toMs: ms(30) },
  ]);
});

it("takes the live state before a record that is not up to date", () => {
  const segments = segmentsOf(
    [{ state: "Execute", from: at(0), to: null }],
    { state: "Aborted", stateSinceMs: ms(25) },
    ms(0),
    ms(30),
  );
  expect(segments).toEqual([
    { look: "running", fromMs: ms(0), toMs: ms(25) },
    { look: "stopped", fromMs: ms(25), toMs: ms(30) },
  ]);
});

it("leaves a time without a record empty, and does not count it", () => {
  const segments = segmentsOf(
    [{ state: "Execute", from: at(10), to: at(15) }],
    { state: "Execute", stateSinceMs: ms(20) },
    ms(0),
    ms(30),
  );
  expect(totalsOf(segments)).toEqual({
    running: ms(15),
    waiting: 0,
    stopped: 0,
    unknown: 0,
  });
});
