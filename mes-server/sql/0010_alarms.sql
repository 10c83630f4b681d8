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
