-- The calendar. What people set is kept as facts: of those about the same thing, the one that was said
-- last counts (occurred_at, command). Days are business dates in the zone of the site.

CREATE TABLE shift_pattern (
  command     text PRIMARY KEY,
  id          text NOT NULL,
  from_date   date NOT NULL,                          -- in force from here on, in place of what was said before
  definition  jsonb NOT NULL,                         -- protocols/console/calendar
  occurred_at timestamptz NOT NULL
);
CREATE INDEX shift_pattern_id ON shift_pattern (id, occurred_at);
CREATE TRIGGER shift_pattern_is_kept BEFORE UPDATE OR DELETE ON shift_pattern
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE shift_assignment (
  command     text PRIMARY KEY,
  equipment   text NOT NULL,                          -- enterprise, site, area or line; the nearest wins
  from_date   date NOT NULL,
  pattern     text,                                   -- null: as the equipment above
  occurred_at timestamptz NOT NULL
);
CREATE TRIGGER shift_assignment_is_kept BEFORE UPDATE OR DELETE ON shift_assignment
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE calendar_exception (
  command     text PRIMARY KEY,
  equipment   text NOT NULL,
  date        date NOT NULL,
  definition  jsonb,                                  -- protocols/console/calendar; null: withdrawn
  occurred_at timestamptz NOT NULL
);
CREATE INDEX calendar_exception_date ON calendar_exception (date);
CREATE TRIGGER calendar_exception_is_kept BEFORE UPDATE OR DELETE ON calendar_exception
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE holiday (
  command     text NOT NULL,
  equipment   text NOT NULL,
  date        date NOT NULL,
  name        text,                                   -- null: withdrawn
  occurred_at timestamptz NOT NULL,
  PRIMARY KEY (command, date)
);
CREATE INDEX holiday_date ON holiday (date);
CREATE TRIGGER holiday_is_kept BEFORE UPDATE OR DELETE ON holiday
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE planned_downtime (
  id          text PRIMARY KEY,                       -- of the command that planned it
  equipment   text NOT NULL,                          -- a unit, a line, or what lines belong to
  kind        text NOT NULL,                          -- domain/calendar/planned-time
  from_ts     timestamptz NOT NULL,
  to_ts       timestamptz NOT NULL,
  note        text NOT NULL,
  cancelled   boolean NOT NULL DEFAULT false,
  version     int NOT NULL DEFAULT 1,
  CHECK (from_ts < to_ts)
);
CREATE INDEX planned_downtime_equipment ON planned_downtime (equipment, to_ts);

CREATE TABLE planned_downtime_fact (                  -- the rows above follow from these
  command     text PRIMARY KEY,
  downtime    text NOT NULL REFERENCES planned_downtime,
  kind        text,                                   -- null, as below: nothing is said of it
  from_ts     timestamptz,
  to_ts       timestamptz,
  note        text,
  cancelled   boolean NOT NULL,
  occurred_at timestamptz NOT NULL
);
CREATE INDEX planned_downtime_fact_downtime ON planned_downtime_fact (downtime);
CREATE TRIGGER planned_downtime_fact_is_kept BEFORE UPDATE OR DELETE ON planned_downtime_fact
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What a line is and lay under, and when (null: for as long as anybody knows, until further notice).

CREATE FUNCTION line_places(line_id text)
RETURNS TABLE (equipment text, level text, from_ts timestamptz, to_ts timestamptz)
LANGUAGE sql STABLE AS $$
  WITH RECURSIVE up AS (
    SELECT e.key, e.id, e.level, NULL::timestamptz AS from_ts, NULL::timestamptz AS to_ts
      FROM equipment e WHERE e.id = line_id AND e.level = 'line'
    UNION ALL
    SELECT p.key, p.id, p.level, greatest(u.from_ts, ep.valid_from), least(u.to_ts, ep.valid_to)
      FROM up u
      JOIN equipment_parent ep ON ep.child = u.key
       AND tstzrange(ep.valid_from, ep.valid_to) && tstzrange(u.from_ts, u.to_ts)
      JOIN equipment p ON p.key = ep.parent)
  SELECT id, level, from_ts, to_ts FROM up
  UNION ALL
  SELECT p.id, p.level, NULL, NULL
    FROM line l
   CROSS JOIN LATERAL (VALUES (l.id, 'line'), (l.enterprise || '/' || l.site || '/' || l.area, 'area'),
                              (l.enterprise || '/' || l.site, 'site'), (l.enterprise, 'enterprise')) AS p(id, level)
   WHERE l.id = line_id AND NOT EXISTS (SELECT FROM up WHERE up.level = p.level)
$$;

-- What follows from it: the shifts of each line as they really are, in absolute time.

ALTER TABLE line ADD COLUMN key int GENERATED ALWAYS AS IDENTITY UNIQUE;

CREATE TABLE shift_horizon (                          -- the row's lock is what makes two hosts take turns
  line_key    int PRIMARY KEY REFERENCES line (key),
  from_date   date NOT NULL,                          -- the days that are materialised, with shifts or without
  to_date     date NOT NULL
);

CREATE TABLE shift_instance (
  line_key         int NOT NULL REFERENCES line (key),
  from_ts          timestamptz NOT NULL,
  to_ts            timestamptz NOT NULL,
  business_date    date NOT NULL,                     -- on which it begins, in the zone of the pattern
  name             text NOT NULL,
  crew             text,
  pattern          text,                              -- null: nothing was set
  pattern_version  int,
  PRIMARY KEY (line_key, from_ts),
  CHECK (from_ts < to_ts),
  CONSTRAINT one_shift_a_name UNIQUE (line_key, business_date, name),
  CONSTRAINT one_shift_at_a_time EXCLUDE USING gist
    (int4range(line_key, line_key, '[]') WITH &&, tstzrange(from_ts, to_ts) WITH &&)
);

CREATE TABLE shift_break (
  line_key    int NOT NULL,
  shift_from  timestamptz NOT NULL,
  from_ts     timestamptz NOT NULL,
  to_ts       timestamptz NOT NULL,
  name        text NOT NULL,
  PRIMARY KEY (line_key, from_ts),
  FOREIGN KEY (line_key, shift_from) REFERENCES shift_instance (line_key, from_ts) ON DELETE CASCADE,
  CHECK (from_ts < to_ts)
);
