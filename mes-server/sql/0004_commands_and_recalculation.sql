-- What people and other systems have asked for: the audit of every change, and what makes a repeated
-- command harmless. A row is written in the transaction of what it caused, and never changed.

CREATE TABLE command (
  id          text PRIMARY KEY,                       -- made by whoever asks
  kind        text NOT NULL,                          -- protocols/events/command-envelope
  actor       text NOT NULL,                          -- a reference, never a person's name
  occurred_at timestamptz NOT NULL,                   -- when it was so, plant time
  received_at timestamptz NOT NULL,                   -- when we knew
  subject     text NOT NULL,                          -- id of what it changed
  body        jsonb NOT NULL,
  digest      text NOT NULL,                          -- of kind, actor and body: the same id with another one is refused
  answer      jsonb NOT NULL                          -- given again to a repeated command
);
CREATE INDEX command_subject ON command (subject, received_at DESC);
CREATE INDEX command_received ON command (received_at DESC);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are only added', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER command_is_kept BEFORE UPDATE OR DELETE ON command
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- State intervals as they were believed before: a late sample that corrects one leaves the old one here.

CREATE TABLE state_interval_history (
  unit        text NOT NULL,
  from_ts     timestamptz NOT NULL,
  to_ts       timestamptz,
  state       text NOT NULL,
  known_from  timestamptz NOT NULL,                   -- when we knew, plant time
  known_to    timestamptz NOT NULL                    -- when we knew better
);
CREATE INDEX state_interval_history_unit ON state_interval_history (unit, from_ts);

-- Hours of a line (UTC) whose derived windows are older than what they follow from. Marked in the same
-- transaction as the change; `marks` counts, so that an hour marked again while it is being derived stays.

CREATE TABLE dirty_hour (
  line        text NOT NULL,
  hour        timestamptz NOT NULL,
  marks       bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (line, hour)
);

-- Hours before `derived_to` have been derived once. The row's lock is what makes two hosts take turns.

CREATE TABLE line_recalculation (
  line        text PRIMARY KEY,
  derived_to  timestamptz NOT NULL,
  revision    bigint NOT NULL DEFAULT 0
);

-- Domain events for the outside, written in the transaction of what caused them.

CREATE TABLE outbox (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at          timestamptz NOT NULL,                   -- when it was so, plant time
  kind        text NOT NULL,                          -- protocols/events/domain-event
  equipment   text NOT NULL,
  data        jsonb NOT NULL
);
