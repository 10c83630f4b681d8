import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openOrderDesk, type OrderDesk } from "../../tests/order-desk.ts";
import { giveStates } from "../../tests/lakeside.ts";

const nowMs = Date.parse("2026-11-23T08:00:00Z");
const at = (time: string) => `2026-11-23T${time}:00.000Z`;

let desk: OrderDesk;
beforeAll(async () => {
  desk = await openOrderDesk(nowMs);
  await desk.send("PUT", "/products/cola", { name: "Cola", unit: "bottle", erpCode: "100-200" });
  await desk.send("PUT", "/products/water", { name: "Water", unit: "bottle" });
});
afterAll(() => desk.close());

describe("products", () => {
  it("are found by id, name and code, page by page", async () => {
    const cola = { id: "cola", name: "Cola", unit: "bottle", erpCode: "100-200", version: 1 };
    expect((await desk.get("/products/cola")).body).toEqual(cola);
    expect((await desk.get("/products?q=100-2")).body).toEqual({ items: [cola] });
    const first = await desk.get("/products?limit=1");
    const rest = await desk.get(`/products?limit=1&cursor=${first.body["nextCursor"] as string}`);
    expect(rest.body).toMatchObject({ items: [{ id: "water" }] });
    expect(rest.body["nextCursor"]).toBeUndefined();
  });

  it("are the same however often they are sent, and change only for who has seen them", async () => {
    const water = { name: "Water", unit: "bottle", erpCode: null };
    expect((await desk.send("PUT", "/products/water", water)).body["version"]).toBe(1);
    const still = { ...water, name: "Still water" };
    const blind = await desk.send("PUT", "/products/water", still);
    expect(blind).toMatchObject({ status: 409, body: { error: { code: "already_differs" } } });
    const seen = await desk.send("PUT", "/products/water", { ...still, expectedVersion: 1 });
    expect(seen.body).toMatchObject({ name: "Still water", version: 2 });
    const late = await desk.send("PUT", "/products/water", { ...water, expectedVersion: 1 });
    expect(late.body.error?.code).toBe("version_overtaken");
    expect((await desk.get("/products/milk")).body.error?.code).toBe("product_unknown");
  });
});

describe("a production order", () => {
  const order = { product: "cola", quantity: 10_000, due: at("20:00"), customerReference: "PO 7" };

  it("scanned twice changes nothing", async () => {
    const first = await desk.send("PUT", "/production-orders/4711", order);
    expect(first.body).toEqual({
      outcome: "created",
      order: { id: "4711", ...order, priority: 0, status: "Planned", jobs: [], version: 1 },
    });
    const again = await desk.send("PUT", "/production-orders/4711", order);
    expect(again.body).toMatchObject({ outcome: "unchanged", order: { version: 1 } });
    const events = await desk.query("SELECT FROM outbox WHERE data ->> 'order' = '4711'");
    expect(events).toHaveLength(1);
  });

  it("in other words is refused, or taken from who has seen its version", async () => {
    const more = { ...order, quantity: 12_000 };
    const blind = await desk.send("PUT", "/production-orders/4711", more);
    expect(blind.status).toBe(409);
    expect(blind.body.error).toMatchObject({ code: "already_differs", field: "expectedVersion" });
    expect(blind.body.error?.message).toContain("quantity");
    const seen = await desk.send("PUT", "/production-orders/4711", { ...more, expectedVersion: 1 });
    expect(seen.body).toMatchObject({
      outcome: "changed",
      order: { quantity: 12_000, version: 2 },
    });
    const late = await desk.send("PUT", "/production-orders/4711", {
      ...order,
      expectedVersion: 1,
    });
    expect(late.body.error?.code).toBe("version_overtaken");
  });

  it.each([
    [{ product: "milk" }, 404, "product_unknown", "product"],
    [{ quantity: 0 }, 400, "body_invalid", "quantity"],
    [{ quantity: 1.5 }, 400, "body_invalid", "quantity"],
    [{ due: "tomorrow" }, 400, "body_invalid", "due"],
    [{ colour: "red" }, 400, "body_invalid", "colour"],
  ])("of %j is refused", async (change, status, code, field) => {
    const answer = await desk.send("PUT", "/production-orders/4712", { ...order, ...change });
    expect(answer).toMatchObject({ status, body: { error: { code, field } } });
  });

  it("has the status of its jobs", async () => {
    const job = { order: "4711", line: "bottling-1", quantity: 12_000, dispatch: false };
    await desk.send("POST", "/jobs", job);
    const status = async () => (await desk.get("/production-orders/4711")).body["status"];
    expect(await status()).toBe("Planned");
    await desk.send("POST", "/jobs/4711.10/start", {});
    expect(await status()).toBe("Running");
    const other = { ...order, product: "water", quantity: 12_000, expectedVersion: 2 };
    const answer = await desk.send("PUT", "/production-orders/4711", other);
    expect(answer.body.error?.code).toBe("order_begun");
    await desk.send("POST", "/jobs/4711.10/complete", {});
    expect(await status()).toBe("Completed");
    const changes = await desk.query<{ status: string }>(
      "SELECT data ->> 'status' AS status FROM outbox WHERE kind = 'order.statusChanged' ORDER BY id",
    );
    expect(changes.map((change) => change.status)).toEqual(["Running", "Completed"]);
  });
});

describe("an ideal cycle", () => {
  const standard = {
    equipment: "stamping-1",
    product: "cola",
    from: at("02:00"),
    idealCycleSeconds: 0.5,
  };

  it("holds for a while, and none other beside it", async () => {
    const first = await desk.send("POST", "/cycle-standards", standard);
    expect(first.body).toMatchObject({ ...standard, to: null, version: 1 });
    const id = String(first.body["id"]);
    const second = { ...standard, from: at("06:00"), idealCycleSeconds: 0.6 };
    const beside = await desk.send("POST", "/cycle-standards", second);
    expect(beside).toMatchObject({
      status: 409,
      body: { error: { code: "cycle_standard_overlaps" } },
    });
    expect(beside.body.error?.message).toContain(`Number ${id}`);
    await desk.send("PATCH", `/cycle-standards/${id}`, { to: at("06:00") });
    expect((await desk.send("POST", "/cycle-standards", second)).status).toBe(200);
    const reopened = await desk.send("PATCH", `/cycle-standards/${id}`, { to: null });
    expect(reopened.body.error?.code).toBe("cycle_standard_overlaps");
    const holding = await desk.get(`/cycle-standards?line=stamping-1&at=${at("06:30")}`);
    expect(holding.body["items"]).toMatchObject([{ idealCycleSeconds: 0.6 }]);
  });

  it("asked for twice at the same time is given once", async () => {
    const twin = { ...standard, equipment: "bottling-1.packer" };
    const answers = await Promise.all(
      [twin, twin, twin].map((body) => desk.send("POST", "/cycle-standards", body)),
    );
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, 409, 409]);
  });

  it.each([
    [{ idealCycleSeconds: 0 }, 422, "ideal_cycle_zero", "idealCycleSeconds"],
    [{ idealCycleSeconds: -1 }, 422, "ideal_cycle_zero", "idealCycleSeconds"],
    [{ equipment: "nowhere-1" }, 404, "equipment_unknown", "equipment"],
    [{ equipment: "stamping-1.nothing" }, 404, "equipment_unknown", "equipment"],
    [{ product: "milk" }, 404, "product_unknown", "product"],
    [{ to: at("01:00") }, 400, "range_reversed", "to"],
  ])("of %j is refused", async (change, status, code, field) => {
    const answer = await desk.send("POST", "/cycle-standards", { ...standard, ...change });
    expect(answer).toMatchObject({ status, body: { error: { code, field } } });
  });

  it("means other figures for the hours in which its product was made", async () => {
    const line = "stamping-1";
    await giveStates(desk.database.pool, [
      { unit: "stamping-1.press-a", state: "Execute", fromMs: Date.parse(at("03:10")), toMs: null },
    ]);
    await desk.send("PUT", "/production-orders/w", { product: "water", quantity: 5 });
    await desk.send("POST", "/jobs", { order: "w", line, quantity: 5 });
    await desk.send("POST", "/jobs/w.10/start", { occurredAt: at("04:30") });
    await desk.send("POST", "/jobs/w.10/complete", { occurredAt: at("06:10") });
    await desk.takeDirtyHours();
    const ofWater = { ...standard, product: "water" };
    const made = await desk.send("POST", "/cycle-standards", ofWater);
    expect(await desk.takeDirtyHours()).toEqual([4, 5, 6].map((hour) => `${line} 0${hour}`));
    await desk.send("PATCH", `/cycle-standards/${String(made.body["id"])}`, { to: at("05:30") });
    expect(await desk.takeDirtyHours()).toEqual([5, 6].map((hour) => `${line} 0${hour}`));
    const ofUnit = { ...standard, equipment: "stamping-1.press-a", product: null };
    await desk.send("POST", "/cycle-standards", ofUnit);
    expect(await desk.takeDirtyHours()).toEqual(
      [3, 4, 5, 6, 7, 8].map((hour) => `${line} 0${hour}`),
    );
  });
});

describe("a declaration", () => {
  const scrap = {
    equipment: "bottling-1.filler",
    role: "scrap",
    quantity: 12,
    reason: "dropped",
    occurredAt: at("05:20"),
  };

  it("is kept, told, and set right by another one", async () => {
    await desk.takeDirtyHours();
    const made = await desk.send("POST", "/declarations", scrap);
    expect(made.body).toMatchObject({ role: "scrap", quantity: 12, slot: 1, at: at("05:20") });
    await desk.send("POST", "/declarations", { ...scrap, quantity: -2, reason: "recount" });
    expect(await desk.takeDirtyHours()).toEqual(["bottling-1 05"]);
    const { body } = await desk.get(`/declarations?line=bottling-1&from=${at("05:00")}`);
    expect(body["items"]).toMatchObject([{ quantity: 12 }, { quantity: -2, actor: "badge:4711" }]);
    const events = await desk.query<{ equipment: string }>(
      "SELECT equipment FROM outbox WHERE kind = 'count.declared'",
    );
    expect(events.map(({ equipment }) => equipment)).toEqual(Array(2).fill("bottling-1.filler"));
    const csv = await fetch(`${desk.edge.url}/api/v1/declarations?from=${at("05:00")}&format=csv`);
    expect((await csv.text()).split("\r\n")[0]).toBe(
      "id,equipment,role,at,quantity,slot,reason,actor",
    );
  });

  it.each([
    [{ quantity: 0 }, 422, "declaration_zero", "quantity"],
    [{ equipment: "bottling-1.nothing" }, 404, "equipment_unknown", "equipment"],
    [{ slot: 2 }, 404, "slot_unknown", "slot"],
    [{ occurredAt: "2020-01-01T00:00:00Z" }, 422, "occurs_too_early", "occurredAt"],
    [{ role: "lost" }, 400, "body_invalid", "role"],
  ])("of %j is refused", async (change, status, code, field) => {
    const answer = await desk.send("POST", "/declarations", { ...scrap, ...change });
    expect(answer).toMatchObject({ status, body: { error: { code, field } } });
  });
});

describe("events", () => {
  it("are all of kinds that are written down, and of their shape", async () => {
    expect(await desk.oddEvents()).toEqual([]);
  });
});
