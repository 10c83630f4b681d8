-- The plant model (ISA-95): what there is, and what lay under what, and when. Births of devices add what
-- they find of it; an engineer's word stands above theirs.

CREATE TABLE equipment (
  key         int GENERATED ALWAYS AS IDENTITY UNIQUE,
  id          text PRIMARY KEY,                       -- <e>, <e>/<site>, <e>/<site>/<area>, <line>, <line>.<cell or unit>
  level       text NOT NULL CHECK (level IN ('enterprise', 'site', 'area', 'line', 'cell', 'unit')),
  name        text NOT NULL,
  zone        text CHECK (zone IS NULL OR level = 'site'),   -- IANA
  attributes  jsonb NOT NULL DEFAULT '{}',            -- what an engineer notes: asset number, maker …
  settings    jsonb NOT NULL DEFAULT '{}',            -- of a unit: what the model says of it in place of births
  source      text NOT NULL CHECK (source IN ('birth', 'model')),   -- birth: provisional, nobody confirmed it
  retired_at  timestamptz,
  version     int NOT NULL DEFAULT 1
);

-- Parents are dated: moving equipment ends one row and begins another, and what was stays as it was.

CREATE TABLE equipment_parent (
  child       int NOT NULL REFERENCES equipment (key),
  parent      int NOT NULL REFERENCES equipment (key),
  valid_from  timestamptz,                            -- null: for as long as anybody knows
  valid_to    timestamptz,                            -- null: until further notice
  CHECK (valid_from < valid_to),
  EXCLUDE USING gist (int4range(child, child, '[]') WITH &&, tstzrange(valid_from, valid_to) WITH &&)
);
CREATE INDEX equipment_parent_parent ON equipment_parent (parent);

-- Lines and units as lanes and live read them: births below, the plant model above.

ALTER TABLE line ADD COLUMN retired_at timestamptz;
ALTER TABLE unit ADD COLUMN target_rate_per_minute double precision;
ALTER TABLE unit ADD COLUMN born jsonb;               -- protocols/plant/signal: unitDefinition, as the last birth told it
ALTER TABLE unit ADD COLUMN retired_at timestamptz;

-- What an engineer has bound a signal to, in place of what its birth tells. `signal.unit` and
-- `signal.definition` are what holds; `signal.born` is what the birth told, null if it is the same.

ALTER TABLE signal ADD COLUMN born jsonb;
CREATE INDEX signal_unit ON signal (unit);

CREATE TABLE signal_binding (
  signal      int PRIMARY KEY REFERENCES signal,
  unit        text NOT NULL REFERENCES unit,
  role        text NOT NULL,
  rule        jsonb NOT NULL,                         -- states, counterBits, maxRatePerSecond
  bound_at    timestamptz NOT NULL,
  version     int NOT NULL DEFAULT 1
);

-- What births have told so far.

INSERT INTO equipment (id, level, name, source)
SELECT DISTINCT enterprise, 'enterprise', enterprise, 'birth' FROM line
UNION SELECT enterprise || '/' || site, 'site', site, 'birth' FROM line
UNION SELECT enterprise || '/' || site || '/' || area, 'area', area, 'birth' FROM line
ON CONFLICT DO NOTHING;
INSERT INTO equipment (id, level, name, source) SELECT id, 'line', name, 'birth' FROM line
ON CONFLICT DO NOTHING;
INSERT INTO equipment (id, level, name, source) SELECT id, 'unit', name, 'birth' FROM unit
ON CONFLICT DO NOTHING;

INSERT INTO equipment_parent (child, parent)
SELECT c.key, p.key FROM equipment c JOIN equipment p ON p.level = 'enterprise' AND p.id = split_part(c.id, '/', 1)
 WHERE c.level = 'site'
UNION
SELECT c.key, p.key FROM equipment c JOIN equipment p ON p.level = 'site' AND c.id = p.id || '/' || split_part(c.id, '/', 3)
 WHERE c.level = 'area'
UNION
SELECT c.key, p.key FROM equipment c JOIN line l ON l.id = c.id
  JOIN equipment p ON p.level = 'area' AND p.id = l.enterprise || '/' || l.site || '/' || l.area
 WHERE c.level = 'line'
UNION
SELECT c.key, p.key FROM equipment c JOIN unit u ON u.id = c.id JOIN equipment p ON p.level = 'line' AND p.id = u.line
 WHERE c.level = 'unit';
