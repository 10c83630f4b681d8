import { beforeEach, expect, test } from "vitest";
import type { StoredMessage } from "../outbox/outbox.ts";
import { Sender, windowMax } from "./sender.ts";

let now: number;
let held: Map<number, StoredMessage>;
let sent: { sequence: number; isHistorical: boolean }[];
let sender: Sender;

beforeEach(() => {
  now = 0;
  held = new Map();
  sent = [];
  sender = make(1_000_000);
});

function make(backlogSamplesPerSecond: number): Sender {
  return new Sender({
    heldAfter: (after, limit) =>
      [...held.values()].filter(({ sequence }) => sequence > after).slice(0, limit),
    publish: ({ sequence }, isHistorical) => sent.push({ sequence, isHistorical }),
    backlogSamplesPerSecond,
    now: () => now,
  });
}

function store(from: number, to: number, samples = 10): StoredMessage[] {
  const messages = Array.from({ length: to - from + 1 }, (_, index) => ({
    sequence: from + index,
    device: "plc",
    samples,
    body: new Uint8Array(),
  }));
  for (const message of messages) held.set(message.sequence, message);
  return messages;
}

function acknowledge(first: number, last: number): void {
  for (let sequence = first; sequence <= last; sequence += 1) held.delete(sequence);
  sender.acknowledged([[first, last]]);
}

/** Time passes in steps of a pump. */
function pass(ms: number): void {
  for (let passed = 0; passed < ms; passed += 50) {
    now += 50;
    sender.pump();
  }
}

const sequences = () => sent.map(({ sequence }) => sequence);

test("what happens now goes out at once, and is no history", () => {
  sender.goOnline();
  sender.offer(store(1, 3));
  expect(sent).toEqual([1, 2, 3].map((sequence) => ({ sequence, isHistorical: false })));
});

test("what was held goes out as history, each once", () => {
  store(1, 20);
  sender.goOnline();
  pass(1000);
  expect(sequences()).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
  expect(sent.every(({ isHistorical }) => isHistorical)).toBe(true);
});

test("nothing goes out while offline, and a message offered then is backlog later", () => {
  sender.offer(store(1, 2));
  expect(sent).toEqual([]);
  sender.goOnline();
  pass(100);
  expect(sent).toEqual([1, 2].map((sequence) => ({ sequence, isHistorical: true })));
});

test("live comes first, with a backlog waiting", () => {
  store(1, 500);
  sender.goOnline();
  pass(100);
  const before = sent.length;
  expect(before).toBe(48);
  sender.offer(store(501, 503));
  expect(sent.slice(before)).toEqual(
    [501, 502, 503].map((sequence) => ({ sequence, isHistorical: false })),
  );
});

test("the window is never exceeded, and acknowledgements open it", () => {
  store(1, 500);
  sender.goOnline();
  pass(100);
  sender.offer(store(501, 600));
  pass(100);
  expect(sender.figures().inFlight).toBe(windowMax);
  acknowledge(1, 20);
  pass(100);
  expect(sender.figures().inFlight).toBe(windowMax);
  expect(new Set(sequences()).size).toBe(sent.length);
});

test("live that finds no room becomes backlog, and everything goes out once", () => {
  sender.goOnline();
  sender.offer(store(1, 300));
  for (let round = 0; held.size > 0 && round < 100; round += 1) {
    const [oldest] = [...held.keys()].filter((sequence) => sequences().includes(sequence));
    acknowledge(oldest ?? 0, oldest ?? 0);
    acknowledge(Math.min(...sequences()), Math.max(...sequences().slice(0, 40 * (round + 1))));
    pass(50);
  }
  expect(held.size).toBe(0);
});

test("backlog and live share the window: neither starves the other", () => {
  store(1, 200);
  sender.goOnline();
  sender.offer(store(201, 400));
  pass(50);
  const live = sent.filter(({ isHistorical }) => !isHistorical).length;
  expect(live).toBeGreaterThanOrEqual(16);
  expect(sent.length - live).toBeGreaterThanOrEqual(8);
});

test("the backlog keeps to its rate", () => {
  sender = make(1000);
  store(1, 500, 99);
  sender.goOnline();
  for (let second = 0; second < 5; second += 1) {
    pass(1000);
    acknowledge(1, sequences().at(-1) ?? 0);
  }
  // 100 a message with what it costs itself: 10 a second.
  expect(sent.length).toBeGreaterThanOrEqual(48);
  expect(sent.length).toBeLessThanOrEqual(53);
});

test("what nobody acknowledged is sent again after five seconds, as history", () => {
  sender.goOnline();
  sender.offer(store(1, 2));
  pass(4900);
  expect(sequences()).toEqual([1, 2]);
  acknowledge(1, 1);
  pass(200);
  expect(sent.slice(2)).toEqual([{ sequence: 2, isHistorical: true }]);
  expect(sender.figures().resent).toBe(1);
  pass(4000);
  expect(sent).toHaveLength(3);
});

test("after a new session everything unacknowledged is sent again", () => {
  sender.goOnline();
  sender.offer(store(1, 5));
  acknowledge(2, 3);
  sender.goOffline();
  sender.offer(store(6, 6));
  sent = [];
  sender.goOnline();
  pass(100);
  expect(sequences()).toEqual([1, 4, 5, 6]);
});
