-- Master data, learnt from births.

CREATE TABLE line (
  id          text PRIMARY KEY,
  name        text NOT NULL,
  enterprise  text NOT NULL,
  site        text NOT NULL,
  area        text NOT NULL
);

CREATE TABLE unit (
  id                     text PRIMARY KEY,            -- <line>.<unit>
  line                   text NOT NULL REFERENCES line,
  name                   text NOT NULL,
  position               int NOT NULL,
  paces_line             boolean NOT NULL,
  output_of_line         boolean NOT NULL,
  ideal_rate_per_minute  double precision
);

CREATE TABLE signal (
  key         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id          text NOT NULL UNIQUE,                   -- <line>.<unit>.<signal>
  unit        text NOT NULL REFERENCES unit,
  source      text NOT NULL,                          -- <group>/<edge node> that bore it last
  device      text NOT NULL,                          -- '' for a metric of the edge node itself
  metric      text NOT NULL,
  datatype    smallint NOT NULL,                      -- of Sparkplug
  definition  jsonb NOT NULL                          -- protocols/plant/signal
);

-- What was measured. The order of a signal's samples is (ts, epoch, sequence, ordinal).

CREATE TABLE sample (
  signal      int NOT NULL,
  ordinal     int NOT NULL,                           -- place in its message
  ts          timestamptz NOT NULL,                   -- source time
  gateway_ts  timestamptz NOT NULL,
  epoch       bigint NOT NULL,
  sequence    bigint NOT NULL,
  value       double precision,                       -- numbers, and bits as 0 or 1
  quality     smallint NOT NULL,
  text        text                                    -- strings, and integers beyond 2^53 exactly
);
SELECT create_hypertable('sample', by_range('ts', INTERVAL '1 day'), create_default_indexes => false);
CREATE INDEX sample_signal_ts ON sample (signal, ts DESC);
ALTER TABLE sample SET (
  timescaledb.compress,
  timescaledb.compress_segmentby = 'signal',
  timescaledb.compress_orderby = 'ts'
);

-- What follows from it. All of this can be made again from the samples.

CREATE TABLE count_event (
  signal      int NOT NULL,
  unit        text NOT NULL,
  role        text NOT NULL,                          -- goodCount | scrapCount
  ts          timestamptz NOT NULL,
  epoch       bigint NOT NULL,
  sequence    bigint NOT NULL,
  ordinal     int NOT NULL,
  delta       bigint NOT NULL,                        -- pieces since the sample before; 0 if quarantined
  kind        text NOT NULL                           -- step | rollover | reset | quarantined
);
SELECT create_hypertable('count_event', by_range('ts', INTERVAL '7 days'), create_default_indexes => false);
CREATE INDEX count_event_unit_ts ON count_event (unit, ts DESC);

CREATE TABLE state_interval (
  unit        text NOT NULL,
  from_ts     timestamptz NOT NULL,
  to_ts       timestamptz,                            -- null while it lasts
  state       text NOT NULL,
  known_at    timestamptz NOT NULL,                   -- when we knew: commit time
  PRIMARY KEY (unit, from_ts)
);
CREATE UNIQUE INDEX state_interval_open ON state_interval (unit) WHERE to_ts IS NULL;

-- Where a fold stands follows from the rows above; this says who folded last. A lane whose number is
-- not the stored one has missed a commit of another host, and must load the line again.

CREATE TABLE line_fold (
  line        text PRIMARY KEY REFERENCES line,
  revision    bigint NOT NULL DEFAULT 0
);

-- Late samples are stored at once; what follows from them is folded again from here.

CREATE TABLE dirty_window (
  signal      int PRIMARY KEY REFERENCES signal,
  from_ts     timestamptz NOT NULL,
  to_ts       timestamptz NOT NULL
);

-- Delivery: what has been committed of each source (docs/delivery.md).

CREATE TABLE delivery_cursor (
  source      text NOT NULL,
  epoch       bigint NOT NULL,
  committed   int8multirange NOT NULL DEFAULT '{}',
  samples     bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (source, epoch)
);

CREATE TABLE dead_letter (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at          timestamptz NOT NULL,
  source      text,
  topic       text NOT NULL,
  reason      text NOT NULL,                          -- a code of docs/errors.md
  detail      text NOT NULL,
  repeats     int NOT NULL DEFAULT 0,                 -- the same since the row before, not kept one by one
  payload     bytea
);
CREATE INDEX dead_letter_at ON dead_letter (at DESC);

SELECT add_compression_policy('sample', compress_after => INTERVAL '7 days');
