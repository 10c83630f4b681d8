import { expect, test } from "vitest";
import { aDevice, aStatus } from "../../tests/a-status.ts";
import { attentionOf } from "./attention.ts";
import { healthPage } from "./health-page.ts";

const nowMs = Date.UTC(2026, 10, 24, 6, 0, 1);
const group = aDevice().groups[0];
const groups = (changes: object) => (group === undefined ? [] : [{ ...group, ...changes }]);

test("a gateway without trouble says so, and asks for nothing", () => {
  const page = healthPage(aStatus(), nowMs);
  expect(page).toContain("<h1>All is well</h1>");
  expect(page).toContain("2026-11-24 06:00:01 UTC");
  expect(page).not.toContain("Needs attention");
  expect(page).not.toMatch(/<script|javascript:|\son\w+=/);
});

test("what comes from outside is text, whatever it holds", () => {
  const lastError = `</td><script>alert("1")</script>'&`;
  const page = healthPage(
    aStatus({
      gateway: '"><img src=x>',
      devices: { "<b>": aDevice({ connected: false, lastError }) },
    }),
    nowMs,
  );
  expect(page).not.toMatch(/<script|<img|<b>/);
  expect(page).toContain("&lt;/td&gt;&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;");
});

test.for([
  [
    "a device that is away",
    { devices: { "press-b": aDevice({ connected: false, lastError: "no answer" }) } },
    "bad: press-b does not answer (no answer)",
  ],
  [
    "a host that is away",
    { uplink: { ...aStatus().uplink, state: "waiting" } },
    "bad: The host only-mes is not online (What is read is kept on disk, and sent when it is back.)",
  ],
  [
    "samples that were dropped",
    { dropped: { messages: 2, samples: 4000 } },
    "bad: 4,000 samples were dropped (The outbox was full: analog values went first.)",
  ],
  [
    "a clock that is wrong",
    { devices: { plc: aDevice({ sourceClock: { skewMs: -90_000, isTrusted: false } }) } },
    "warning: The clock of plc is 90 s behind (Its times cannot be put into one order with those of other devices.)",
  ],
  [
    "values that did not come",
    { devices: { plc: aDevice({ groups: groups({ completeness: 0.98999 }) }) } },
    "warning: plc delivered 98.99 % of what was due every 250 ms (It was away, or is too slow for its periods.)",
  ],
  [
    "a map that was refused",
    {
      map: {
        ...aStatus().map,
        refused: { atMs: 1, origin: "file", problems: ["map.yaml:3:1 site: is missing", "x", "y"] },
      },
    },
    "warning: A changed device map was refused; the old one runs on (map.yaml:3:1 site: is missing (and 2 more))",
  ],
] as const)("%s needs attention", ([, changes, told]) => {
  const found = attentionOf(aStatus(changes as Partial<ReturnType<typeof aStatus>>));
  expect(found.map(({ level, what, detail }) => `${level}: ${what} (${detail})`)).toEqual([told]);
});

test("what is worst comes first, and the page counts it", () => {
  const devices = {
    a: aDevice({ sourceClock: { skewMs: 5000, isTrusted: false } }),
    b: aDevice({ connected: false }),
  };
  expect(attentionOf(aStatus({ devices })).map(({ level }) => level)).toEqual(["bad", "warning"]);
  expect(healthPage(aStatus({ devices }), nowMs)).toContain("<h1>2 things need attention</h1>");
});

test("of two gateways with one map each says which it is", () => {
  const lease = { member: "a", term: 3, clockSkewMs: 2 };
  const of = (role: "active" | "standby" | "unconfirmed", holder: string | null) =>
    healthPage(aStatus({ redundancy: { ...lease, role, holder } }), nowMs);
  expect(of("active", "a")).toMatch(/Active<\/p>\s*<p class="more">a has the lease/);
  expect(of("standby", "b")).toMatch(/Stands by<\/p>\s*<p class="more">a; b has the lease/);
  expect(of("unconfirmed", null)).toMatch(/Unconfirmed<\/p>\s*<p class="more">a; nobody/);
  expect(healthPage(aStatus(), nowMs)).not.toContain("Of the pair");
});

test("a thousand devices stay a page", () => {
  const devices = Object.fromEntries(
    Array.from({ length: 1000 }, (_, at) => [`plc-${at}`, aDevice({ connected: at !== 999 })]),
  );
  const page = healthPage(aStatus({ devices }), nowMs);
  expect(page.match(/<tr class/g)).toHaveLength(200);
  expect(page).toContain('<th scope="row">plc-999</th>');
  expect(page).toContain("800 more in");
});
