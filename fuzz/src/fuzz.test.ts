import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { runTarget } from "./run-target.ts";
import { runWatched } from "./run-watched.ts";
import { demand, Misattributed, type FuzzTarget } from "./target.ts";
import { fuzzTargets, targetNames, type TargetName } from "./targets.ts";

/** Where a case costs more, fewer of them. */
const casesOf: Partial<Record<TargetName, number>> = { "device-map": 500 };

test.for(targetNames)("%s: a seeded run has no crash and no value for the wrong taker", (name) => {
  const cases = casesOf[name] ?? 5000;
  const result = runTarget({ name, target: fuzzTargets[name], seed: 7, firstCase: 0, cases });
  expect(result.failures).toEqual([]);
  // Both sides of the door were tried.
  expect(Object.keys(result.outcomes).length).toBeGreaterThan(2);
});

describe("a run", () => {
  const faulty: FuzzTarget = {
    what: "nothing",
    attempt(random) {
      if (random[0] % 5 === 0) throw new TypeError("lost its way");
      if (random[0] % 3 === 0) demand(1, 2, "a value");
      return "fine";
    },
  };
  const run = (firstCase: number, cases: number) =>
    runTarget({ name: "faulty", target: faulty, seed: 3, firstCase, cases });

  test("tells crashes from wrong values, and counts all that happened", () => {
    const { crashes, misattributed, outcomes, cases } = run(0, 200);
    expect(crashes).toBeGreaterThan(0);
    expect(misattributed).toBeGreaterThan(0);
    expect(crashes + misattributed + (outcomes["fine"] ?? 0)).toBe(cases);
  });

  test("is the same again, and each failure alone too", () => {
    const { failures, outcomes } = run(0, 200);
    expect(run(0, 200).outcomes).toEqual(outcomes);
    for (const failure of failures) {
      const [again] = run(failure.case, 1).failures;
      expect([again?.kind, again?.case]).toEqual([failure.kind, failure.case]);
      expect(failure.replay).toBe(
        `npm run fuzz -- --target faulty --seed 3 --case ${failure.case}`,
      );
    }
  });

  test("a wrong value is told with what it should have been", () => {
    expect(() => demand(-0, 0, "a zero")).toThrow(new Misattributed("a zero: -0, not 0"));
    expect(() => demand(5n, undefined, "a count")).toThrow("a count: 5n, not undefined");
  });
});

describe("a thread of cases", () => {
  const run = { name: "peek", seed: 4, firstCase: 0, cases: 100 } as const;

  test.for([
    ["never ends", "for (;;);", /^no end within 1 s$/],
    ["ends without a word", "process.exit(3);", /^the thread ended with 3$/],
    ["throws", "throw new Error('lost');", /lost/],
  ] as const)("that %s is a crash of the case that it was at", async ([, end, message]) => {
    const code = `import { workerData } from "node:worker_threads"; workerData.place[0] = 41; ${end}`;
    const thread = new URL(`data:text/javascript,${encodeURIComponent(code)}`);
    const { crashes, failures } = await runWatched(run, { thread, hungAfterMs: 1000 });
    expect(crashes).toBe(1);
    expect(failures[0]?.message).toMatch(message);
    expect(failures[0]?.replay).toBe("npm run fuzz -- --target peek --seed 4 --case 41");
  });

  test("that ends well is a result", async () => {
    expect(await runWatched(run)).toMatchObject({ cases: 100, crashes: 0, misattributed: 0 });
  });
});

describe("the command", () => {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const call = (...args: string[]) =>
    spawnSync(process.execPath, [main, ...args], { encoding: "utf8" });

  test("runs one target and tells all of it as JSON", () => {
    const { status, stdout } = call("--target", "peek", "--cases", "300", "--seed", "2", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      seed: 2,
      ok: true,
      targets: [{ target: "peek", cases: 300, crashes: 0, misattributed: 0, failures: [] }],
    });
  });

  test("repeats a single case", () => {
    const { status, stdout } = call("--target", "ddata", "--seed", "1", "--case", "17");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^ddata: 1 cases in .* 0 crashes, 0 misattributed/);
  });

  test.for([
    [["--target", "nothing"], /unknown target: nothing/],
    [["--cases", "many"], /--cases is "many" \(allowed: a whole number from 0\)/],
    [["--colour"], /--colour/],
  ] as const)("called with %s it says what is allowed", ([args, said]) => {
    const { status, stderr } = call(...args);
    expect(status).toBe(2);
    expect(stderr).toMatch(said);
    expect(stderr).toContain("modbus-tcp");
  });
});
