import { eventKinds } from "@only-mes/protocols/events/kinds";
import { givePlant } from "./lakeside.ts";
import { startEdge, TestClock, type RunningEdge } from "./running-edge.ts";
import { openTestDatabase, type TestDatabase } from "./test-database.ts";

export interface Answer {
  status: number;
  // Of many shapes: tests say what they expect of it.
  body: Record<string, unknown> & { error?: { code: string; message: string; field?: string } };
}

/** The API of a plant of two lines, asked as an ERP or a console would. */
export interface OrderDesk {
  database: TestDatabase;
  edge: RunningEdge;
  clock: TestClock;
  get(path: string): Promise<Answer>;
  /** A command with an id and an actor of its own, unless the body has them. */
  send(method: "POST" | "PUT" | "PATCH", path: string, body: object): Promise<Answer>;
  query<Row>(text: string, values?: unknown[]): Promise<Row[]>;
  /** Hours that are marked dirty, such as `bottling-1 05`, and forgets them. */
  takeDirtyHours(): Promise<string[]>;
  /** What in the outbox is of no known kind, or not of the shape of its kind. */
  oddEvents(): Promise<unknown[]>;
  close(): Promise<void>;
}

export async function openOrderDesk(nowMs: number): Promise<OrderDesk> {
  const database = await openTestDatabase();
  await givePlant(database.pool);
  const clock = new TestClock(nowMs);
  const edge = await startEdge({ pool: database.pool, clock });
  let commands = 0;

  async function ask(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(`${edge.url}/api/v1${path}`, init);
    return { status: response.status, body: (await response.json()) as Answer["body"] };
  }

  async function query<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await database.pool.query(text, values)).rows as Row[];
  }

  return {
    database,
    edge,
    clock,
    query,
    get: (path) => ask(path, {}),
    send(method, path, body) {
      commands += 1;
      const command = { commandId: `command-${commands}`, actor: "badge:4711", ...body };
      const headers = { "content-type": "application/json" };
      return ask(path, { method, headers, body: JSON.stringify(command) });
    },
    async takeDirtyHours() {
      const rows = await query<{ line: string; hour: Date }>(
        "DELETE FROM dirty_hour RETURNING line, hour",
      );
      return rows.map(({ line, hour }) => `${line} ${hour.toISOString().slice(11, 13)}`).sort();
    },
    async oddEvents() {
      const rows = await query<{ kind: string; data: object }>("SELECT kind, data FROM outbox");
      return rows.filter(({ kind, data }) => {
        const known = Object.entries(eventKinds).find(([name]) => name === kind)?.[1];
        return known?.data.strict().safeParse(data).success !== true;
      });
    },
    async close() {
      await edge.close();
      await database.close();
    },
  };
}
