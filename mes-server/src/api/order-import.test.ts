import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openOrderDesk, type OrderDesk } from "../../tests/order-desk.ts";

const nowMs = Date.parse("2026-11-23T08:00:00Z");
const at = (time: string) => `2026-11-23T${time}:00.000Z`;

let desk: OrderDesk;
beforeAll(async () => {
  desk = await openOrderDesk(nowMs);
  await desk.send("PUT", "/products/cola", { name: "Cola", unit: "bottle", erpCode: "100-200" });
  await desk.send("PUT", "/products/water", { name: "Water", unit: "bottle" });
});
afterAll(() => desk.close());

describe("an import", () => {
  const row = (id: string, more: object = {}) => ({ id, product: "cola", quantity: 5, ...more });

  it("takes each row for itself", async () => {
    await desk.send("PUT", "/production-orders/known", { product: "cola", quantity: 5 });
    const orders = [
      row("a-1", { due: at("12:00"), priority: 3 }),
      row("known"),
      row("a-1"),
      row("a-2", { product: "milk" }),
      row("a-3", { quantity: -1 }),
      { quantity: 5 },
      "nonsense",
      row("known", { quantity: 6, expectedVersion: 1 }),
      row("known", { quantity: 7, expectedVersion: 1 }),
    ];
    const answer = await desk.send("POST", "/production-orders/import", { orders });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ created: 1, changed: 1, unchanged: 1, refused: 6 });
    expect(answer.body["rows"]).toMatchObject([
      { row: 1, id: "a-1", outcome: "created" },
      { row: 2, id: "known", outcome: "unchanged" },
      { row: 3, id: "a-1", error: { code: "already_differs" } },
      { row: 4, id: "a-2", error: { code: "product_unknown", field: "product" } },
      { row: 5, id: "a-3", error: { code: "body_invalid", field: "quantity" } },
      { row: 6, id: null, error: { code: "body_invalid", field: "id" } },
      { row: 7, id: null, error: { code: "body_invalid", field: "row" } },
      { row: 8, id: "known", outcome: "changed" },
      { row: 9, id: "known", error: { code: "version_overtaken" } },
    ]);
    expect((await desk.get("/production-orders/known")).body["quantity"]).toBe(6);
  });

  async function importCsv(text: string, id: string) {
    const response = await fetch(
      `${desk.edge.url}/api/v1/production-orders/import?actor=system:erp`,
      {
        method: "POST",
        headers: { "content-type": "text/csv", "idempotency-key": id },
        body: text,
      },
    );
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }

  it("takes a CSV as a spreadsheet writes it, and the same again without harm", async () => {
    const text = `\uFEFFid;product;quantity;due;customerReference\r\nb-1;cola;"1200";${at("09:00")};"Smith; Sons ""Ltd"""\r\n\r\nb-2;water;x;;\r\n`;
    const first = await importCsv(text, "import-csv-1");
    expect(first.body).toMatchObject({ created: 1, refused: 1 });
    expect(first.body["rows"]).toMatchObject([
      { row: 1, id: "b-1", outcome: "created" },
      { row: 2, id: "b-2", outcome: "refused", error: { code: "body_invalid", field: "quantity" } },
    ]);
    expect((await desk.get("/production-orders/b-1")).body).toMatchObject({
      quantity: 1200,
      customerReference: 'Smith; Sons "Ltd"',
    });
    expect((await importCsv(text, "import-csv-1")).body).toEqual(first.body);
    expect((await importCsv(text, "import-csv-2")).body).toMatchObject({
      unchanged: 1,
      refused: 1,
    });
  });

  it("takes back what was exported", async () => {
    const response = await fetch(`${desk.edge.url}/api/v1/production-orders?format=csv`);
    const text = await response.text();
    const lines = text.trimEnd().split("\r\n").length - 1;
    expect((await importCsv(text, "import-export")).body).toMatchObject({ unchanged: lines });
    const edited = text.replace("b-1,cola,1200", "b-1,cola,1300");
    expect((await importCsv(edited, "import-edited")).body).toMatchObject({ changed: 1 });
    const stale = text.replace("b-1,cola,1200", "b-1,cola,1400");
    expect((await importCsv(stale, "import-stale")).body).toMatchObject({
      refused: 1,
      rows: expect.arrayContaining([
        expect.objectContaining({ error: expect.objectContaining({ code: "version_overtaken" }) }),
      ]),
    });
  });

  it.each([
    ["id,product,colour\na,cola,red", 'column "colour"'],
    ["id,product", "0 rows"],
    ['id,product\n"a,cola', "quote of line 2"],
    ["id,product\na,cola,5", "Row 1 has more cells"],
  ])("refuses the whole of %j", async (text, problem) => {
    const { status, body } = await importCsv(text, "import-broken");
    expect({ status, error: body["error"] }).toMatchObject({
      status: 400,
      error: { code: "csv_unreadable", message: expect.stringContaining(problem) },
    });
  });

  it("that comes twice at the same time makes each order once", async () => {
    const [first, second] = await Promise.all([
      importCsv("id,product,quantity\ntwin,cola,5", "import-twin-1"),
      importCsv("id,product,quantity\ntwin,cola,5", "import-twin-2"),
    ]);
    expect(
      [first.body["created"], second.body["created"]].sort((a, b) => Number(a) - Number(b)),
    ).toEqual([0, 1]);
  });

  it("needs rows", async () => {
    const answer = await desk.send("POST", "/production-orders/import", {});
    expect(answer.body.error?.code).toBe("import_empty");
  });

  it("is listed by due time, those without one last, page by page", async () => {
    const ids: unknown[] = [];
    let cursor = "";
    for (let page = 0; page < 20; page += 1) {
      const { body } = await desk.get(`/production-orders?limit=2${cursor}`);
      ids.push(...(body["items"] as { id: string }[]).map(({ id }) => id));
      if (body["nextCursor"] === undefined) break;
      cursor = `&cursor=${body["nextCursor"] as string}`;
    }
    expect(ids).toEqual(["b-1", "a-1", "known", "twin"]);
    const due = await desk.get(`/production-orders?from=${at("10:00")}&to=${at("13:00")}`);
    expect(due.body["items"]).toMatchObject([{ id: "a-1" }]);
    const planned = await desk.get("/production-orders?status=Planned&product=water");
    expect(planned.body["items"]).toEqual([]);
  });
});

describe("events", () => {
  it("are all of kinds that are written down, and of their shape", async () => {
    expect(await desk.oddEvents()).toEqual([]);
  });
});
