-- The signal watch: who watches which signal, and the last sample that was taken for it. What watching
-- leaves behind is written in the transaction that moves this place on (docs/decisions/0014).

CREATE TABLE signal_watch (
  signal      int NOT NULL REFERENCES signal,
  watcher     text NOT NULL,                          -- alarms, quality
  ts          timestamptz NOT NULL,
  epoch       bigint NOT NULL,
  sequence    bigint NOT NULL,
  ordinal     int NOT NULL,
  state       jsonb NOT NULL,                         -- what the watcher keeps from sample to sample
  PRIMARY KEY (signal, watcher)
);

-- Samples that came late to a watched signal, and changes of what is watched for: from here on the
-- signal is watched again. Only added to and taken from, so that a lane never waits for the watch.

CREATE TABLE watch_mark (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  signal      int NOT NULL,
  from_ts     timestamptz NOT NULL
);

-- One row. `list` counts changes of what is watched; `turn` makes two hosts take turns.

CREATE TABLE watch_turn (
  only_row    boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  list        bigint NOT NULL DEFAULT 0,
  turn        bigint NOT NULL DEFAULT 0
);
INSERT INTO watch_turn DEFAULT VALUES;

-- Alarms after ISA-18.2 (docs/alarms.md). A definition is never changed, only followed by its next version.

CREATE TABLE alarm_definition (
  id          text NOT NULL,                          -- <line>.<unit>.<name>
  version     int NOT NULL,
  valid_from  timestamptz NOT NULL,
  line        text NOT NULL,
  unit        text NOT NULL,
  signal      int NOT NULL REFERENCES signal,
  settings    jsonb NOT NULL,                         -- protocols/console/alarms
  is_retired  boolean NOT NULL,
  is_newest   boolean NOT NULL,
  PRIMARY KEY (id, version)
);
CREATE UNIQUE INDEX alarm_definition_newest ON alarm_definition (id) WHERE is_newest;
CREATE INDEX alarm_definition_signal ON alarm_definition (signal);

-- When the condition of an alarm held: follows from the samples and the versions of its definition. What
-- people did about it follows from alarm_fact. `before_*` is where the alarm stood when it was raised.

CREATE TABLE alarm_occurrence (
  alarm           text NOT NULL,                      -- <definition>, or <definition>.<limit>
  raised_at       timestamptz NOT NULL,               -- source time
  cleared_at      timestamptz,                        -- null while it lasts
  definition      text NOT NULL,
  level           text,                               -- hihi | hi | lo | lolo, of a definition of limits
  line            text NOT NULL,
  unit            text NOT NULL,
  priority        text NOT NULL,
  value           double precision,                   -- the reading that it was raised by
  before_state    text NOT NULL DEFAULT 'normal',
  before_since    timestamptz NOT NULL,
  before_until    timestamptz,
  acknowledged_at timestamptz,
  acknowledged_by text,
  comment         text,
  is_late         boolean NOT NULL,                   -- known only after it was over
  known_at        timestamptz NOT NULL,
  PRIMARY KEY (alarm, raised_at)
);
CREATE INDEX alarm_occurrence_raised ON alarm_occurrence (raised_at DESC, alarm);
CREATE INDEX alarm_occurrence_line ON alarm_occurrence (line, raised_at DESC);
CREATE UNIQUE INDEX alarm_occurrence_open ON alarm_occurrence (alarm) WHERE cleared_at IS NULL;

-- What people and other systems did to alarms; folded in order of (occurred_at, id).

CREATE TABLE alarm_fact (
  id          text NOT NULL,                          -- of the command
  alarm       text NOT NULL,
  action      text NOT NULL,                          -- acknowledge | shelve | unshelve | …
  occurred_at timestamptz NOT NULL,
  known_at    timestamptz NOT NULL,
  actor       text NOT NULL,
  comment     text,
  until       timestamptz,                            -- end of a shelving
  PRIMARY KEY (alarm, id)
);
CREATE INDEX alarm_fact_time ON alarm_fact (alarm, occurred_at, id);
CREATE TRIGGER alarm_fact_is_kept BEFORE UPDATE OR DELETE ON alarm_fact
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Where each alarm stands: the end of that fold.

CREATE TABLE alarm (
  id            text PRIMARY KEY,
  definition    text NOT NULL,
  level         text,
  line          text NOT NULL,
  unit          text NOT NULL,
  priority      text NOT NULL,
  is_retired    boolean NOT NULL,
  state         text NOT NULL,
  since         timestamptz NOT NULL,
  is_active     boolean NOT NULL,
  raised_at     timestamptz,                          -- of the last occurrence
  shelved_until timestamptz
);
CREATE INDEX alarm_standing ON alarm (line, state) WHERE state <> 'normal';
CREATE INDEX alarm_shelved ON alarm (shelved_until) WHERE shelved_until IS NOT NULL;
