-- What is measured, of which product or at which machine, and how its chart is kept. A change is a new
-- row, in force from a time on; what is in force follows from (from_ts, command), however rows came.
CREATE TABLE characteristic_version (
  id          text NOT NULL,
  version     int NOT NULL,                           -- counts what has been said of it
  from_ts     timestamptz NOT NULL,
  known_at    timestamptz NOT NULL,                   -- when we knew, plant time
  command     text NOT NULL,
  definition  jsonb NOT NULL,                         -- protocols/console/quality: characteristicDefinition
  PRIMARY KEY (id, version)
);
CREATE TRIGGER characteristic_version_is_kept BEFORE UPDATE OR DELETE ON characteristic_version
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What people have measured. A correction is a row of its own about the measurement that it corrects;
-- of several, the one that was said last holds.
CREATE TABLE measurement (
  id             text PRIMARY KEY,
  subject        text NOT NULL,                       -- itself, or the measurement that it corrects
  characteristic text NOT NULL,
  equipment      text NOT NULL,                       -- where: a line or a unit
  taken_at       timestamptz NOT NULL,
  readings       double precision[],                  -- null: it could not be taken
  inspected      int,                                 -- pieces looked at, for the charts u, p and np
  said_at        timestamptz NOT NULL,
  known_at       timestamptz NOT NULL,
  actor          text NOT NULL,
  is_withdrawn   boolean NOT NULL DEFAULT false,
  note           text NOT NULL DEFAULT ''
);
CREATE INDEX measurement_taken ON measurement (characteristic, taken_at, id) WHERE id = subject;
CREATE INDEX measurement_corrections ON measurement (subject) WHERE id <> subject;
CREATE TRIGGER measurement_is_kept BEFORE UPDATE OR DELETE ON measurement
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What was picked from signals: follows from samples, jobs and definitions, and is made again from them.
CREATE TABLE signal_measurement (
  id             text NOT NULL UNIQUE,                -- <characteristic>@<its time, ms>
  characteristic text NOT NULL,
  equipment      text NOT NULL,
  taken_at       timestamptz NOT NULL,
  readings       double precision[] NOT NULL,
  PRIMARY KEY (characteristic, taken_at)
);

-- Where a rule of a chart begins to hold, or a value is out of specification: follows from the above.
CREATE TABLE spc_signal (
  characteristic text NOT NULL,
  rule           text NOT NULL,                       -- nelson1 to nelson8 | dispersion | outOfSpec
  measurement    text NOT NULL,                       -- the one that completes the pattern
  at             timestamptz NOT NULL,
  equipment      text NOT NULL,
  points         text[] NOT NULL,                     -- measurements that make the pattern
  PRIMARY KEY (characteristic, rule, measurement)
);
CREATE INDEX spc_signal_at ON spc_signal (characteristic, at);
CREATE INDEX spc_signal_equipment_at ON spc_signal (equipment, at);
