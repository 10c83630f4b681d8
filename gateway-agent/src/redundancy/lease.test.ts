import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { LeaseAnswer, LeaseAsk } from "@only-mes/protocols/gateway/messages";
import { Lease } from "./lease.ts";
import { membershipEvents, nextRole, roles } from "./membership.ts";

test("[RE1] [RE5] every role with every event", () => {
  const table = roles.map((role) => membershipEvents.map((event) => nextRole(role, event)));
  expect(table).toEqual([
    ["active", "standby", "standby"],
    ["active", "standby", "unconfirmed"],
    ["active", "standby", "unconfirmed"],
  ]);
});

describe("a member's side of the lease", () => {
  const asked: LeaseAsk[] = [];
  const changes: string[] = [];
  let lease: Lease;
  let denials: number;

  beforeEach(() => {
    vi.useFakeTimers();
    asked.length = 0;
    changes.length = 0;
    denials = 0;
    lease = new Lease({
      member: "a",
      leaseMs: 4000,
      ask: (question) => asked.push(question),
      othersRecorded: () => (denials += 1),
      roleChanged: (role) => changes.push(role),
      monotonicMs: () => performance.now(),
      wallMs: () => Date.now(),
    });
  });
  afterEach(() => {
    lease.stop();
    vi.useRealTimers();
  });

  const answer = (to: LeaseAsk | undefined, holder: string, more: Partial<LeaseAnswer> = {}) => {
    const told: LeaseAnswer = {
      ask: to?.ask ?? 0,
      isGranted: holder === "a",
      holder,
      term: 1,
      nowMs: Date.now(),
      ...more,
    };
    lease.answered(Buffer.from(JSON.stringify(told)));
  };

  test("[RE8] is asked for every quarter of it", () => {
    lease.start();
    vi.advanceTimersByTime(4000);
    expect(asked.map(({ ask }) => ask)).toEqual([1, 2, 3, 4, 5]);
    expect(asked[0]).toMatchObject({ leaseMs: 4000, isLast: false });
  });

  test("[RE3] begins when it was asked for, however late the answer is", () => {
    lease.start();
    vi.advanceTimersByTime(900);
    answer(asked[0], "a");
    expect([lease.isActive, changes]).toEqual([true, ["active"]]);
    vi.advanceTimersByTime(3099);
    expect(lease.isActive).toBe(true);
    vi.advanceTimersByTime(1);
    expect([lease.isActive, changes]).toEqual([false, ["active", "unconfirmed"]]);
    answer(asked.at(-1), "a");
    expect(changes).toEqual(["active", "unconfirmed", "active"]);
  });

  test("[RE3] is worth nothing when the answer comes after its end", () => {
    lease.start();
    vi.advanceTimersByTime(4500);
    answer(asked[0], "a");
    expect([lease.isActive, changes]).toEqual([false, []]);
  });

  test("[RE5] another holder: standing by", () => {
    lease.start();
    answer(asked[0], "a");
    vi.advanceTimersByTime(1000);
    answer(asked[1], "b", { term: 2 });
    expect([changes, denials]).toEqual([["active", "standby"], 1]);
    expect(lease.status()).toMatchObject({ role: "standby", holder: "b", term: 2 });
  });

  test("[RE8] an older answer, one to nobody's question, and no answer at all say nothing", () => {
    lease.start();
    vi.advanceTimersByTime(1000);
    answer(asked[1], "a");
    answer(asked[0], "b");
    answer(undefined, "b");
    lease.answered(Buffer.from("{"));
    expect(changes).toEqual(["active"]);
  });

  test("[RE9] is given back at the end", () => {
    lease.start();
    answer(asked[0], "a");
    lease.stop();
    expect(asked.at(-1)).toMatchObject({ isLast: true });
    answer(asked.at(-1), "b");
    expect(changes).toEqual(["active"]);
  });
});
