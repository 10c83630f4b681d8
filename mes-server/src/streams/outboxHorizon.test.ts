import type { PoolClient } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openTestDatabase, type TestDatabase } from "../../tests/test-database.ts";
import { wholeOutbox } from "../../tests/whole-outbox.ts";
import { insertOutboxEvents } from "../store/insertOutboxEvents.ts";
import { readOutboxEvents } from "../store/readOutboxEvents.ts";
import { transaction } from "../store/transaction.ts";
import { outboxHorizon, type OutboxHorizon } from "./outboxHorizon.ts";

let database: TestDatabase;
let horizon: OutboxHorizon;

beforeAll(async () => {
  database = await openTestDatabase();
});
beforeEach(async () => {
  await database.pool.query("DELETE FROM outbox");
  horizon = outboxHorizon(database.pool);
});
afterAll(() => database.close());

const put = (tx: Pick<PoolClient, "query">, ...equipment: string[]): Promise<void> =>
  insertOutboxEvents(
    tx,
    equipment.map((name) => ({
      kind: "unit.stateChanged",
      equipment: name,
      atMs: 0,
      data: { state: "Idle" },
    })),
  );

const upTo = async (toId: number): Promise<string[]> => {
  const range = { afterId: 0, toId, limit: 1_000 };
  return (await readOutboxEvents(database.pool, range)).map(({ equipment }) => equipment);
};

const sent = async (): Promise<string[]> => upTo(await wholeOutbox(database.pool, horizon));
const sentByNow = async (): Promise<string[]> => upTo(await horizon.advance());

describe("the horizon of the outbox", () => {
  test("goes past ids that were rolled back or pruned", async () => {
    expect(await sent()).toEqual([]);
    await transaction(database.pool, (tx) => put(tx, "a", "b"));
    expect(await sent()).toEqual(["a", "b"]);
    const failed = transaction(database.pool, async (tx) => {
      await put(tx, "lost", "too");
      throw new Error("rolled back");
    });
    await expect(failed).rejects.toThrow("rolled back");
    await transaction(database.pool, (tx) => put(tx, "c"));
    expect(await sent()).toEqual(["a", "b", "c"]);
    await database.pool.query("DELETE FROM outbox WHERE equipment <> 'c'");
    horizon = outboxHorizon(database.pool);
    expect(await sent()).toEqual(["c"]);
  });

  test("bounds what one event says", async () => {
    await transaction(database.pool, (tx) =>
      insertOutboxEvents(tx, [
        {
          kind: "webhook.test",
          equipment: "a",
          atMs: 0,
          data: { webhook: "ä".repeat(40_000) },
        },
      ]),
    );
    const [row] = await readOutboxEvents(database.pool, {
      afterId: 0,
      toId: await wholeOutbox(database.pool, horizon),
      limit: 1,
    });
    expect(row?.data).toEqual({ tooLarge: true, bytes: 80_014 });
  });
});

// The embedded database has one session, in which no two transactions run at once.
describe.runIf(process.env["DATABASE_URL"])(
  "with transactions at once (needs DATABASE_URL)",
  () => {
    async function begun(): Promise<PoolClient> {
      const client = await database.pool.connect();
      await client.query("BEGIN");
      return client;
    }
    async function end(client: PoolClient, how: "COMMIT" | "ROLLBACK"): Promise<void> {
      await client.query(how);
      client.release();
    }

    test("waits for an id that becomes visible later than a higher one", async () => {
      const [early, late] = [await begun(), await begun()];
      await put(early, "a");
      await put(late, "b");
      await end(late, "COMMIT");
      expect(await sentByNow()).toEqual([]);
      expect(await sentByNow()).toEqual([]);
      await end(early, "COMMIT");
      expect(await sent()).toEqual(["a", "b"]);
    });

    test("waits for a rollback, and for none that begins later", async () => {
      const [early, late] = [await begun(), await begun()];
      await put(early, "a");
      await put(late, "b");
      await end(late, "COMMIT");
      expect(await sentByNow()).toEqual([]);
      await end(early, "ROLLBACK");
      const later = await begun();
      await put(later, "c");
      expect(await sent()).toEqual(["b"]);
      await end(later, "COMMIT");
      expect(await sent()).toEqual(["b", "c"]);
    });

    test("skips none, whatever transactions do beside each other", async () => {
      const { pool } = database;
      const writers = { areWriting: true };
      const written: string[] = [];
      const writer = async (name: number): Promise<void> => {
        for (let turn = 0; turn < 60; turn += 1) {
          const equipment = `${name}.${turn}`;
          const isKept = (turn * 7 + name) % 3 !== 0;
          await transaction(pool, async (tx) => {
            await tx.query("SELECT 1");
            await put(tx, equipment);
            if (turn % 4 === name % 4) await tx.query("SELECT pg_sleep(0.004)");
            await put(tx, `${equipment}+`);
            if (!isKept) throw new RangeError(equipment);
            written.push(equipment, `${equipment}+`);
          }).catch((error: unknown) => {
            if (!(error instanceof RangeError)) throw error;
          });
        }
      };
      const seen: string[] = [];
      let cursor = 0;
      const read = async (): Promise<void> => {
        const toId = await horizon.advance();
        for (;;) {
          const rows = await readOutboxEvents(pool, { afterId: cursor, toId, limit: 7 });
          if (rows.length === 0) return;
          cursor = rows.at(-1)?.id ?? cursor;
          seen.push(...rows.map(({ equipment }) => equipment));
        }
      };
      const reader = (async () => {
        while (writers.areWriting) await read();
      })();
      await Promise.all([writer(0), writer(1)]);
      writers.areWriting = false;
      await reader;
      await wholeOutbox(pool, horizon);
      await read();
      expect(seen.toSorted()).toEqual(written.toSorted());
      for (const name of [0, 1]) {
        const own = (list: string[]): string[] => list.filter((one) => one.startsWith(`${name}.`));
        expect(own(seen)).toEqual(own(written));
      }
    });
  },
);
