import { fork } from "node:child_process";
import { once } from "node:events";
import {
  copyFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { DdataSample } from "@only-mes/protocols/sparkplug/ddata";
import type { GapMarker } from "@only-mes/protocols/sparkplug/delivery";
import { datatypes, decodePayload } from "@only-mes/protocols/sparkplug/payload";
import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { dropPolicies } from "./make-room.ts";
import { Outbox, type OutboxOptions, type StoredMessage } from "./outbox.ts";

let dataDir: string;
let plantMs: number;
let committed: StoredMessage[];
const opened: Outbox[] = [];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), "outbox-"));
  plantMs = 1_763_000_000_000;
  committed = [];
});
afterEach(() => {
  for (const outbox of opened.splice(0)) outbox.close();
  rmSync(dataDir, { recursive: true, force: true });
});

const counterAlias = 500;
const analogAlias = 501;

function open(options: Partial<OutboxOptions> = {}, at = dataDir): Outbox {
  const outbox = new Outbox({
    dataDir: at,
    now: () => plantMs,
    reached: () => undefined,
    caps: { bytesMax: 2 ** 40, policy: "analogs-first", ageMaxMs: 2 ** 40 },
    isPrecious: (alias) => alias === counterAlias,
    committed: (messages) => committed.push(...messages),
    failed: (error) => {
      throw error;
    },
    ...options,
  });
  opened.push(outbox);
  return outbox;
}

function reopen(outbox: Outbox, options: Partial<OutboxOptions> = {}): Outbox {
  outbox.close();
  return open(options);
}

function sample(value: number, timestampMs = plantMs, alias = analogAlias): DdataSample {
  return { alias, datatype: datatypes.Double, timestampMs, value };
}

function appendEach(outbox: Outbox, count: number, samples: DdataSample[] = [sample(1)]): void {
  for (let n = 0; n < count; n += 1) {
    outbox.append("plc", samples, plantMs);
    outbox.flush();
  }
}

/** Samples without the metrics of Delivery. */
function samplesIn(message: StoredMessage) {
  return decodePayload(message.body).metrics.slice(2);
}

const sequencesOf = (outbox: Outbox) => outbox.after(0, 10_000).map(({ sequence }) => sequence);

/** [OB17] */
function gapsIn(messages: readonly StoredMessage[]) {
  return messages
    .filter(({ samples }) => samples === 0)
    .flatMap((message) => samplesIn(message))
    .map(({ value }) => JSON.parse(String(value)) as GapMarker);
}

/** [OB9] What is missing in the books. */
function imbalance(outbox: Outbox) {
  const { produced, acknowledged, held, dropped } = outbox.figures();
  const rows = outbox.after(0, 100_000);
  return {
    messages: produced.messages - acknowledged.messages - held.messages - dropped.messages,
    samples: produced.samples - acknowledged.samples - held.samples - dropped.samples,
    rows:
      held.samples -
      rows.reduce((sum, { samples }) => sum + samples, 0) +
      held.messages -
      rows.filter((row) => row.samples > 0 || gapsIn([row]).length > 0).length,
  };
}

function expectBalance(outbox: Outbox): void {
  expect(imbalance(outbox)).toEqual({ messages: 0, samples: 0, rows: 0 });
}

test("[OB1] what was announced is there again after kill -9 in mid-append", async () => {
  for (const round of [1, 2, 3]) {
    const child = fork(new URL("../../tests/appending-child.ts", import.meta.url), [dataDir], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    let announced = 0;
    child.on("message", (sequence: number) => {
      announced = Math.max(announced, sequence);
    });
    await vi.waitFor(() => expect(announced).toBeGreaterThan(round * 20), { timeout: 10_000 });
    child.kill("SIGKILL");
    await once(child, "exit");
    const outbox = open();
    const sequences = sequencesOf(outbox);
    expect(sequences.length).toBeGreaterThanOrEqual(announced);
    expect(sequences).toEqual(sequences.map((_, index) => index + 1));
    expectBalance(outbox);
    for (const message of outbox.after(0, 10)) {
      expect(decodePayload(message.body).metrics[1]?.value).toBe(message.sequence);
    }
    outbox.close();
  }
});

test("[OB2] all that arrives within a group is one transaction, one message a device", async () => {
  const outbox = open();
  outbox.append("a", [sample(1)], plantMs);
  outbox.append("b", [sample(2)], plantMs);
  outbox.append("a", [sample(3), sample(4)], plantMs);
  expect(committed).toEqual([]);
  await vi.waitFor(() => expect(committed).toHaveLength(2));
  expect(outbox.figures().commits).toBe(1);
  expect(committed.map(({ device, samples }) => [device, samples])).toEqual([
    ["a", 3],
    ["b", 1],
  ]);
});

test("[OB2] a message holds at most 2000 samples", () => {
  const outbox = open();
  outbox.append(
    "plc",
    Array.from({ length: 4500 }, (_, value) => sample(value)),
    plantMs,
  );
  outbox.flush();
  expect(committed.map(({ samples }) => samples)).toEqual([2000, 2000, 500]);
});

test("[OB2] nobody is told of a message whose transaction failed, and it is tried again", () => {
  const failures: Error[] = [];
  let fails = true;
  const outbox = open({
    failed: (error) => failures.push(error),
    reached: (point) => {
      if (point === "append-before-sync" && fails) throw new Error("no space left on device");
    },
  });
  outbox.append("plc", [sample(1)], plantMs);
  outbox.flush();
  expect(committed).toEqual([]);
  expect(failures).toHaveLength(1);
  expect(outbox.figures().produced).toEqual({ messages: 0, samples: 0 });
  fails = false;
  outbox.flush();
  expect(committed.map(({ sequence, samples }) => [sequence, samples])).toEqual([[1, 1]]);
  expectBalance(outbox);
});

test("[OB3] sequences go on after everything was acknowledged and the gateway restarted", () => {
  const first = open();
  appendEach(first, 3);
  first.acknowledge({ epoch: first.epoch, ranges: [[1, 3]] });
  first.flush();
  const second = reopen(first);
  appendEach(second, 1);
  expect(sequencesOf(second)).toEqual([4]);
});

test("[OB4] the epoch stays with the file, and a new file has another", () => {
  const first = open();
  const { epoch } = first;
  expect(Number.isSafeInteger(epoch)).toBe(true);
  expect(epoch).toBeGreaterThan(0);
  expect(reopen(first).epoch).toBe(epoch);
  const other = mkdtempSync(join(tmpdir(), "outbox-"));
  expect(open({}, other).epoch).not.toBe(epoch);
});

test("[OB5] samples of a message are in time order, equal times in order of arrival", () => {
  const outbox = open();
  outbox.append("plc", [sample(1, 300), sample(2, 300)], plantMs);
  outbox.append("plc", [sample(3, 100), sample(4, 300)], plantMs);
  outbox.flush();
  const [message] = committed;
  expect(message && samplesIn(message).map(({ value }) => value)).toEqual([3, 1, 2, 4]);
});

test("[OB6] an alias is given once, over restarts; another datatype gets another", () => {
  const { Float, Double } = datatypes;
  const first = open();
  const [a, b] = first.aliases.of("plc", [
    { name: "unit/a", datatype: Float },
    { name: "unit/b", datatype: Float },
  ]);
  const [other] = first.aliases.of("plc-2", [{ name: "unit/a", datatype: Float }]);
  const second = reopen(first);
  const [asDouble, again] = second.aliases.of("plc", [
    { name: "unit/a", datatype: Double },
    { name: "unit/a", datatype: Float },
  ]);
  expect(again).toBe(a);
  expect(new Set([a, b, other, asDouble]).size).toBe(4);
  expect(second.aliases.lastDatatypeOf("plc", "unit/a")).toBe(Double);
});

test("[OB7] the time until which a device was observed is stored with its samples, and without any", async () => {
  const first = open();
  first.append("plc", [sample(1)], plantMs);
  first.flush();
  plantMs += 5000;
  first.observe("plc", plantMs);
  first.observe("plc", plantMs - 1);
  await vi.waitFor(() => expect(first.figures().commits).toBe(2));
  expect(reopen(first).observedUntil("plc")).toBe(plantMs);
});

test("[OB8] an acknowledgement trims exactly what it names, and only of this epoch", () => {
  const outbox = open();
  appendEach(outbox, 6);
  expect(outbox.acknowledge({ epoch: outbox.epoch + 1, ranges: [[1, 6]] })).toBe(false);
  expect(
    outbox.acknowledge({
      epoch: outbox.epoch,
      ranges: [
        [2, 3],
        [5, 5],
      ],
    }),
  ).toBe(true);
  expect(sequencesOf(outbox)).toEqual([1, 4, 6]);
  outbox.flush();
  expect(sequencesOf(outbox)).toEqual([1, 4, 6]);
  expect(outbox.figures().acknowledged).toEqual({ messages: 3, samples: 3 });
});

test("[OB8] an acknowledgement of what was never given out trims nothing, and is told once", () => {
  const failures: string[] = [];
  const outbox = open({ failed: ({ message }) => failures.push(message) });
  appendEach(outbox, 2);
  for (const last of [3, 4]) {
    expect(outbox.acknowledge({ epoch: outbox.epoch, ranges: [[1, last]] })).toBe(false);
  }
  outbox.flush();
  expect(sequencesOf(outbox)).toEqual([1, 2]);
  expect(failures).toEqual([
    expect.stringMatching(/acknowledges sequence 3 .* given out 2: it is an older copy/),
  ]);
});

test("[OB9] [OB17] produced = acknowledged + held + dropped, and what is marked, after any sequence of events", () => {
  const command = fc.oneof(
    fc.record({
      kind: fc.constant("append" as const),
      samples: fc.integer({ min: 1, max: 30 }),
      precious: fc.boolean(),
    }),
    fc.record({
      kind: fc.constant("acknowledge" as const),
      first: fc.integer({ min: 1, max: 40 }),
      length: fc.integer({ min: 0, max: 10 }),
    }),
    fc.record({ kind: fc.constant("restart" as const) }),
    fc.record({ kind: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 4000 }) }),
  );
  const policy = fc.constantFrom(...dropPolicies);
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), policy, (commands, policy) => {
      const folder = mkdtempSync(join(dataDir, "run-"));
      const caps = { bytesMax: 2000, policy, ageMaxMs: 10_000 };
      const told: StoredMessage[] = [];
      const committed = (messages: readonly StoredMessage[]) => told.push(...messages);
      const options = { caps, committed, failed: () => undefined };
      let outbox = open(options, folder);
      for (const one of commands) {
        if (one.kind === "append") {
          const alias = one.precious ? counterAlias : analogAlias;
          outbox.append(
            "plc",
            Array.from({ length: one.samples }, (_, value) => sample(value, plantMs, alias)),
            plantMs,
          );
        } else if (one.kind === "acknowledge") {
          outbox.acknowledge({
            epoch: outbox.epoch,
            ranges: [[one.first, one.first + one.length]],
          });
        } else if (one.kind === "wait") {
          plantMs += one.ms;
        } else {
          outbox.close();
          outbox = open(options, folder);
        }
        outbox.flush();
        expect(imbalance(outbox)).toEqual({ messages: 0, samples: 0, rows: 0 });
      }
      // A host that comes back takes everything, and is told of everything that it cannot have.
      plantMs += 10_000;
      outbox.append("plc", [sample(1)], plantMs);
      outbox.flush();
      for (let round = 0; round < 2; round += 1) {
        const last = outbox.figures().produced.messages;
        outbox.acknowledge({ epoch: outbox.epoch, ranges: [[1, last]] });
        outbox.flush();
      }
      const { produced, acknowledged, held, dropped } = outbox.figures();
      const marked = gapsIn(told).reduce((sum, { samples }) => sum + samples, 0);
      expect([held.samples, marked]).toEqual([0, dropped.samples]);
      expect(acknowledged.samples).toBe(produced.samples - marked);
      outbox.close();
    }),
    { seed: 9, numRuns: 25 },
  );
});

test("[OB10] above the byte cap the oldest analog samples go, counters stay", () => {
  const outbox = open({ caps: { bytesMax: 6000, policy: "analogs-first", ageMaxMs: 2 ** 40 } });
  const both = [
    sample(7, plantMs, counterAlias),
    ...Array.from({ length: 20 }, (_, value) => sample(value)),
  ];
  appendEach(outbox, 30, both);
  const held = outbox.after(0, 100);
  const aliases = held.map((message) => samplesIn(message).map(({ alias }) => alias));
  expect(aliases.every(([first]) => first === counterAlias)).toBe(true);
  expect(aliases[0]).toEqual([counterAlias]);
  expect(aliases.at(-1)).toHaveLength(21);
  expect(outbox.figures().heldBytes).toBeLessThanOrEqual(6000);
  expect(outbox.figures().dropped.samples).toBeGreaterThan(200);
  expect(outbox.figures().dropped.messages).toBe(0);
  expectBalance(outbox);
});

test("[OB10] when nothing else is left, the oldest of all go", () => {
  const outbox = open({ caps: { bytesMax: 6000, policy: "analogs-first", ageMaxMs: 2 ** 40 } });
  appendEach(
    outbox,
    40,
    Array.from({ length: 10 }, () => sample(1, plantMs, counterAlias)),
  );
  const held = outbox.after(0, 100);
  expect(held.map(({ samples }) => samples > 0).indexOf(true)).toBeGreaterThan(0);
  expect(held.at(-1)?.samples).toBe(10);
  expect(outbox.figures().heldBytes).toBeLessThanOrEqual(6000);
  expectBalance(outbox);
});

test("[OB11] samples beyond the age cap are dropped, whatever they are", () => {
  const outbox = open({ caps: { bytesMax: 2 ** 40, policy: "analogs-first", ageMaxMs: 60_000 } });
  appendEach(outbox, 2, [sample(1, plantMs, counterAlias)]);
  plantMs += 60_001;
  appendEach(outbox, 1);
  expect(outbox.after(0, 10).map(({ samples }) => samples)).toEqual([0, 0, 1]);
  expect(outbox.figures().dropped).toEqual({ messages: 2, samples: 2 });
  expectBalance(outbox);
});

test("[OB12] a message that lost all its samples keeps its sequence, and can be acknowledged", () => {
  const outbox = open({ caps: { bytesMax: 2 ** 40, policy: "analogs-first", ageMaxMs: 60_000 } });
  appendEach(outbox, 1);
  plantMs += 60_001;
  appendEach(outbox, 1);
  const [empty] = outbox.after(0, 10);
  const metrics = empty && decodePayload(empty.body).metrics;
  expect(metrics?.map(({ value }) => value)).toEqual([outbox.epoch, 1]);
  outbox.acknowledge({ epoch: outbox.epoch, ranges: [[1, 2]] });
  outbox.flush();
  expect(outbox.figures()).toMatchObject({
    acknowledged: { messages: 1, samples: 1 },
    dropped: { messages: 1, samples: 1 },
    held: { messages: 1, samples: 0 },
  });
});

test("[OB10] by the policy oldest-first the oldest go, whatever they are", () => {
  const caps = { bytesMax: 6000, policy: "oldest-first", ageMaxMs: 2 ** 40 } as const;
  const outbox = open({ caps });
  const both = [sample(7, plantMs, counterAlias), ...Array.from({ length: 20 }, () => sample(1))];
  appendEach(outbox, 30, both);
  const samples = outbox.after(0, 100).map((message) => message.samples);
  expect(samples).toEqual(samples.toSorted((a, b) => a - b));
  expect(new Set(samples)).toEqual(new Set([0, 21]));
  expectBalance(outbox);
});

test("[OB17] what was dropped is told when the host takes messages again: of which device, from, to, how many, why", () => {
  const caps = { bytesMax: 2 ** 40, policy: "analogs-first", ageMaxMs: 60_000 } as const;
  const first = open({ caps });
  const startMs = plantMs;
  first.append("plc", [sample(1), sample(2, plantMs + 5)], plantMs);
  first.append("other", [sample(3)], plantMs);
  first.flush();
  plantMs += 60_006;
  appendEach(first, 1);
  expect(gapsIn(committed)).toEqual([]);
  const second = reopen(first, { caps });
  second.aliases.ofDelivery("plc");
  second.acknowledge({ epoch: second.epoch, ranges: [[3, 3]] });
  second.flush();
  const told = committed.slice(-2);
  expect(gapsIn(told)).toEqual([
    { device: "other", fromMs: startMs, toMs: startMs, samples: 1, reason: "age" },
    { device: "plc", fromMs: startMs, toMs: startMs + 5, samples: 2, reason: "age" },
  ]);
  // Of a device that this run does not know, another one tells.
  expect(told.map(({ device }) => device)).toEqual(["plc", "plc"]);
  second.acknowledge({ epoch: second.epoch, ranges: [[1, 5]] });
  second.flush();
  expect(second.figures()).toMatchObject({
    acknowledged: { messages: 3, samples: 1 },
    dropped: { messages: 2, samples: 3 },
    held: { messages: 0, samples: 0 },
  });
  expect(gapsIn(committed)).toHaveLength(2);
});

test("[OB17] what a full disk left no room for is told once the disk takes it", () => {
  let isFull = true;
  const outbox = open({
    failed: () => undefined,
    reached: (point) => {
      if (point === "append-before-sync" && isFull) throw new Error("no space left on device");
    },
  });
  const many = Array.from({ length: 150_000 }, () => sample(1));
  outbox.append("plc", many, plantMs);
  outbox.flush();
  outbox.append("plc", many, plantMs);
  isFull = false;
  outbox.flush();
  outbox.acknowledge({ epoch: outbox.epoch, ranges: [[1, 1]] });
  outbox.flush();
  const gap = { device: "plc", fromMs: plantMs, toMs: plantMs, samples: 150_000, reason: "disk" };
  expect(gapsIn(committed)).toEqual([gap]);
  expect(outbox.figures().dropped.samples).toBe(150_000);
  expectBalance(outbox);
});

test("[OB15] a file of the version before is taken over with what it holds", () => {
  const first = open();
  appendEach(first, 2);
  first.close();
  const db = new DatabaseSync(join(dataDir, "outbox.db"));
  db.exec("DROP TABLE gap; ALTER TABLE message DROP COLUMN tells_gap; PRAGMA user_version = 1");
  db.close();
  const second = open();
  appendEach(second, 1);
  expect(sequencesOf(second)).toEqual([1, 2, 3]);
  expectBalance(second);
});

test("[OB13] a log that was cut at any byte of its last transaction opens with every transaction before the cut", () => {
  const writer = open();
  appendEach(writer, 3, [sample(1)]);
  // As the disk is after a loss of power: no checkpoint, no clean end.
  const torn = mkdtempSync(join(tmpdir(), "torn-"));
  const copy = (to: string) => {
    for (const name of readdirSync(dataDir).filter((file) => file.startsWith("outbox.db"))) {
      copyFileSync(join(dataDir, name), join(to, name));
    }
  };
  copy(torn);
  const whole = readFileSync(join(torn, "outbox.db-wal"));
  appendEach(writer, 1, [sample(2)]);
  copy(torn);
  const longer = readFileSync(join(torn, "outbox.db-wal"));
  expect(longer.length).toBeGreaterThan(whole.length);
  const frame = 4096 + 24;
  const file = join(torn, "outbox.db");
  const restore = () => {
    copyFileSync(join(dataDir, "outbox.db"), file);
    writeFileSync(`${file}-wal`, longer);
    rmSync(`${file}-shm`, { force: true });
  };
  restore();
  for (let cut = longer.length - 1; cut >= whole.length; cut -= 1) {
    truncateSync(`${file}-wal`, cut);
    expect(sequencesInFile(file)).toBe("1,2,3");
  }
  // The outbox itself, at the edges of the frames of the log.
  for (const place of [0, 1, frame - 1]) {
    restore();
    truncateSync(`${file}-wal`, whole.length + place);
    const outbox = open({}, torn);
    expect(sequencesOf(outbox)).toEqual([1, 2, 3]);
    expectBalance(outbox);
    outbox.close();
  }
  rmSync(torn, { recursive: true });
});

function sequencesInFile(file: string): unknown {
  const db = new DatabaseSync(file, { readOnly: true });
  const row = db.prepare("SELECT group_concat(sequence) AS sequences FROM message").get();
  db.close();
  return row?.["sequences"];
}

test("[OB14] a file that is no database is set aside, and a new one begun", () => {
  writeFileSync(
    join(dataDir, "outbox.db"),
    "this is not SQLite, and longer than its header ".repeat(9),
  );
  const outbox = open();
  expect(outbox.setAside).toMatch(/outbox\.db\.unreadable-\d+$/);
  expect(readFileSync(outbox.setAside ?? "", "utf8")).toMatch(/^this is not SQLite/);
  appendEach(outbox, 1);
  expect(sequencesOf(outbox)).toEqual([1]);
});

test("[OB15] a file of a newer schema is refused, and not touched", () => {
  open().close();
  const file = join(dataDir, "outbox.db");
  const db = new DatabaseSync(file);
  db.exec("PRAGMA journal_mode = DELETE; PRAGMA user_version = 99");
  db.close();
  const before = readFileSync(file);
  expect(() => open()).toThrow(/schema 99.*newer version.*--data-dir/s);
  const after = new DatabaseSync(file);
  expect(after.prepare("PRAGMA user_version").get()).toEqual({ user_version: 99 });
  after.close();
  expect(before.length).toBeGreaterThan(0);
});

test("[OB15] a file in use by another gateway is refused", () => {
  open();
  expect(() => open()).toThrow(/in use by another gateway/);
});

test("[OB16] bdSeq goes up by one, 255 is followed by 0, over restarts", () => {
  let outbox = open();
  expect([outbox.nextBdSeq(), outbox.nextBdSeq()]).toEqual([0, 1]);
  outbox = reopen(outbox);
  for (let bdSeq = 2; bdSeq < 256; bdSeq += 1) expect(outbox.nextBdSeq()).toBe(bdSeq);
  expect(outbox.nextBdSeq()).toBe(0);
});
