-- Reasons of stops. A version is a whole tree and is never changed; versions follow each other in time.

CREATE TABLE reason_tree (
  version     int PRIMARY KEY CHECK (version > 0),
  from_ts     timestamptz NOT NULL,                   -- stops that begin from here on are classed by it
  command     text NOT NULL UNIQUE,
  actor       text NOT NULL,
  note        text NOT NULL,
  tree        jsonb NOT NULL                          -- protocols/console/stops: reasonTreeBody
);
CREATE TRIGGER reason_tree_is_kept BEFORE UPDATE OR DELETE ON reason_tree
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What people have said about stops. Bound to times of equipment, not to rows: stops are derived from
-- states and from these, in the order of (occurred_at, id). domain/stops/SPEC.md.

CREATE TABLE stop_edit (
  id          text PRIMARY KEY,                       -- of the command
  equipment   text NOT NULL,                          -- a line or a unit
  kind        text NOT NULL,                          -- reason | split | merge | undo
  from_ts     timestamptz NOT NULL,                   -- a split: where it cuts
  to_ts       timestamptz,                            -- null: until the stop ends that lasted then
  reason      text,
  undoes      text REFERENCES stop_edit,
  note        text NOT NULL,
  actor       text NOT NULL,
  occurred_at timestamptz NOT NULL,
  known_at    timestamptz NOT NULL,
  CHECK ((kind = 'undo') = (undoes IS NOT NULL))
);
CREATE INDEX stop_edit_equipment ON stop_edit (equipment, from_ts);
CREATE INDEX stop_edit_undoes ON stop_edit (undoes) WHERE undoes IS NOT NULL;
CREATE TRIGGER stop_edit_is_kept BEFORE UPDATE OR DELETE ON stop_edit
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Stop codes and modes of machines, as they changed: made of the samples by the watch (src/stops/codeWatcher).

CREATE TABLE device_code (
  signal      int NOT NULL REFERENCES signal,
  ts          timestamptz NOT NULL,
  code        double precision,                       -- null: nobody could read it
  PRIMARY KEY (signal, ts)
);

-- What makes a line's state and its stops, from an instant on until the next row.

CREATE TABLE line_rule (
  line        text NOT NULL REFERENCES line,
  from_ts     timestamptz NOT NULL,
  rule        jsonb NOT NULL,                         -- protocols/console/stops: lineRuleBody
  occurred_at timestamptz NOT NULL,
  command     text NOT NULL,                          -- of several for one instant the last (occurred_at, command) holds
  version     int NOT NULL DEFAULT 1,
  PRIMARY KEY (line, from_ts)
);
