import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { tallyColumns } from "../../mes-server/src/store/kpiColumns.ts";
import { kpisOf } from "../../mes-server/src/domain/kpi/kpis.ts";
import { waterfallOf } from "../../mes-server/src/domain/kpi/waterfall.ts";
import { readTally, type TallyQuestion } from "../../mes-server/src/kpi/readTally.ts";
import { startEmbedded } from "../../mes-server/src/store/embedded/startEmbedded.ts";
import { migrate } from "../../mes-server/src/store/migrate.ts";
import { ownDatabase } from "../../whole-plant/src/own-database.ts";
import { percentile, type Figure } from "./figure.ts";

/**
 * KPIs of a line with 20 machines from the windows that a month of it leaves: 20 machines × 10 signals at
 * 1 Hz are 518 million samples. The windows are made by SQL, as the recalculator would leave them, and the
 * database holds a year of this line and a month of nine others. The hour that is open is derived at once.
 */
const machines = 20;
const lines = 10;
const daysOfFirstLine = 366;
const days = 30;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** Of the last closed hour. */
const endMs = Date.parse("2026-11-24T06:00:00Z");
const nowMs = endMs + 25 * 60_000;
const runs = 30;
const warmUpRuns = 5;
const targetMs = 100;

export async function measureQueries(say: (text: string) => void): Promise<Figure[]> {
  await using database = await openedDatabase();
  const { pool } = database;
  await fill(pool);
  const { rows } = await pool.query<{ n: string }>("SELECT count(*) AS n FROM kpi_window");
  say(`${rows[0]?.n ?? 0} windows of ${lines} lines`);
  const clock = { now: () => nowMs };
  const measured = async (question: Partial<TallyQuestion>, inDays: number): Promise<number> =>
    await medianMs(async () => {
      const answer = await readTally(
        { pool, clock },
        { equipment: "line-1", fromMs: nowMs - inDays * dayMs, toMs: nowMs, ...question },
      );
      if (kpisOf(answer.total).oee === undefined) throw new Error("no OEE came of it");
      waterfallOf(answer.total);
    });
  const oneDayMs = await measured({}, 1);
  const weekMs = await measured({}, 7);
  const monthMs = await measured({}, days);
  const yearMs = await measured({}, daysOfFirstLine - 1);
  return [
    { ...ms("queries.oee30DaysMs", monthMs), target: targetMs },
    ms("queries.oee7DaysMs", weekMs),
    ms("queries.oee1DayMs", oneDayMs),
    ms("queries.oee1YearMs", yearMs),
    {
      name: "queries.windowCostRatio30To1Days",
      value: monthMs / days / oneDayMs,
      unit: "ratio",
      better: "lower",
    },
    ms("queries.byShift30DaysMs", await measured({ by: "shift" }, days)),
    ms("queries.byHour30DaysMs", await measured({ by: "hour" }, days)),
    ms("queries.byMachine30DaysMs", await measured({ by: "equipment" }, days)),
    ms("queries.site30DaysMs", await measured({ equipment: "bench/site" }, days)),
    ms(
      "queries.job30DaysMs",
      await measured({ filter: { product: "product-1" }, by: "job" }, days),
    ),
  ];
}

function ms(name: string, value: number): Figure {
  return { name, value, unit: "ms", better: "lower" };
}

async function medianMs(work: () => Promise<void>): Promise<number> {
  for (let run = 0; run < warmUpRuns; run++) await work();
  const times: number[] = [];
  for (let run = 0; run < runs; run++) {
    const beginMs = performance.now();
    await work();
    times.push(performance.now() - beginMs);
  }
  return percentile(times, 0.5);
}

async function openedDatabase(): Promise<AsyncDisposable & { pool: pg.Pool }> {
  const own = await ownDatabase();
  const dir = mkdtempSync(join(tmpdir(), "only-mes-queries-"));
  const embedded = own.url === undefined ? await startEmbedded(dir) : undefined;
  const url = own.url ?? embedded?.url ?? "";
  const pool = new pg.Pool({
    connectionString: url,
    max: embedded === undefined ? 4 : 1,
    options: "-c timezone=UTC",
  });
  await migrate(pool);
  return {
    pool,
    async [Symbol.asyncDispose]() {
      await pool.end();
      await embedded?.close();
      await own[Symbol.asyncDispose]();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Three shifts a day, two jobs a shift of which one begins within an hour. */
async function fill(pool: pg.Pool): Promise<void> {
  await pool.query(
    `INSERT INTO equipment (id, level, name, source)
     VALUES ('bench', 'enterprise', 'bench', 'birth'), ('bench/site', 'site', 'site', 'birth'),
            ('bench/site/area', 'area', 'area', 'birth')`,
  );
  await pool.query(
    `INSERT INTO equipment (id, level, name, source)
     SELECT 'line-' || n, 'line', 'line', 'birth' FROM generate_series(1, ${lines}) n`,
  );
  await pool.query(
    `INSERT INTO equipment_parent (child, parent)
     SELECT c.key, p.key FROM equipment c JOIN equipment p
         ON (c.level, p.level) IN (('site', 'enterprise'), ('area', 'site'), ('line', 'area'))`,
  );
  await pool.query(
    `INSERT INTO line (id, name, enterprise, site, area)
     SELECT id, id, 'bench', 'site', 'area' FROM equipment WHERE level = 'line'`,
  );
  await pool.query(
    `INSERT INTO unit (id, line, name, position, paces_line, output_of_line, ideal_rate_per_minute)
     SELECT l.id || '.machine-' || n, l.id, 'machine', n, n = 10, n = ${machines}, 60
       FROM line l, generate_series(1, ${machines}) n`,
  );
  for (let line = 1; line <= lines; line++) {
    await fillLine(pool, `line-${line}`, line === 1 ? daysOfFirstLine : days + 1);
  }
  await pool.query("ANALYZE");
}

async function fillLine(pool: pg.Pool, line: string, daysOfLine: number): Promise<void> {
  const beginMs = endMs - daysOfLine * dayMs;
  const values: Record<string, string> = {
    planned_downtime_ms: "length / 20",
    apt_ms: "length * 14 / 20",
    asut_ms: "length / 20",
    adet_ms: "length - length / 20 - length * 14 / 20 - length / 20",
    standard_apt_ms: "length * 14 / 20",
    ideal_us: "good * 1000000",
    good_pieces: "good",
    scrap_pieces: "good / 50",
    loss_unassigned_ms: "length / 10",
  };
  await pool.query(
    `INSERT INTO kpi_window (line, equipment, from_ts, to_ts, shift, business_date, crew, job,
                             production_order, product, ${tallyColumns.join(", ")})
     SELECT $1, e.id, w.from_ts, w.to_ts, w.from_ts::date || ' ' || extract(hour FROM w.from_ts)::int / 8,
            w.from_ts::date, 'A', 'job-' || cut, 'order-' || cut, 'product-' || cut % 7,
            ${tallyColumns.map((column) => values[column] ?? "0").join(", ")}
       FROM (SELECT $1 AS id UNION ALL SELECT id FROM unit WHERE line = $1) e,
            (SELECT from_ts, to_ts, (extract(epoch FROM to_ts - from_ts) * 1000)::bigint AS length,
                    (extract(epoch FROM to_ts - from_ts) * 0.6)::bigint AS good,
                    (extract(epoch FROM from_ts) / 14400)::bigint AS cut
               FROM (SELECT h AS from_ts, h + CASE WHEN extract(hour FROM h)::int % 4 = 0
                                                   THEN INTERVAL '20 min' ELSE INTERVAL '1 hour' END AS to_ts
                       FROM generate_series($2::timestamptz, $3::timestamptz - INTERVAL '1 hour', INTERVAL '1 hour') h
                     UNION ALL
                     SELECT h + INTERVAL '20 min', h + INTERVAL '1 hour'
                       FROM generate_series($2::timestamptz, $3::timestamptz - INTERVAL '1 hour', INTERVAL '1 hour') h
                      WHERE extract(hour FROM h)::int % 4 = 0) cuts) w
      ORDER BY w.from_ts, e.id`,
    [line, new Date(beginMs), new Date(endMs)],
  );
  await pool.query(
    `INSERT INTO line_recalculation (line, derived_from, derived_to, revision, turn) VALUES ($1, $2, $3, 1, 1)`,
    [line, new Date(beginMs), new Date(endMs)],
  );
}
