import { expect } from "vitest";
import { openOrderDesk, type Answer, type OrderDesk } from "./order-desk.ts";

/** The same, with product `cola` and production order `o`, of which jobs are made. Times are of one day. */
export interface JobDesk extends OrderDesk {
  /** A line of its own for a test, with nothing on it. */
  newLine(id: string): Promise<string>;
  /** Another job of the order, at the end of the line's queue. */
  newJob(line: string, more?: object): Promise<string>;
  /** A command about a job, such as `start`, that happened at a time such as `05:00`. */
  tell(job: string, command: string, time: string, more?: object): Promise<Answer>;
}

/** An instant of the day on which the tests take place. */
export function at(time: string): string {
  return `2026-11-23T${time}:00.000Z`;
}

export const nowMs = Date.parse(at("08:00"));

export async function openJobDesk(): Promise<JobDesk> {
  const desk = await openOrderDesk(nowMs);
  await desk.send("PUT", "/products/cola", { name: "Cola", unit: "bottle" });
  await desk.send("PUT", "/production-orders/o", { product: "cola", quantity: 100_000 });
  let operations = 0;
  return {
    ...desk,
    async newLine(id) {
      await desk.query("INSERT INTO line VALUES ($1, $1, 'northwind', 'lakeside', 'hall')", [id]);
      return id;
    },
    async newJob(line, more = {}) {
      operations += 1;
      const wanted = { order: "o", operation: operations, line, quantity: 1_000, ...more };
      const { status, body } = await desk.send("POST", "/jobs", wanted);
      expect({ status, body }).toMatchObject({ status: 200 });
      return String(body["id"]);
    },
    tell: (job, command, time, more = {}) =>
      desk.send("POST", `/jobs/${job}/${command}`, { occurredAt: at(time), ...more }),
  };
}
