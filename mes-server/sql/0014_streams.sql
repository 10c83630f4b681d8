-- Events on their way out of the outbox. Each sink has a cursor: what is up to it has been taken over by the
-- other side. Ids of the outbox become visible out of order; src/streams/outboxHorizon.ts says how none is skipped.

ALTER TABLE outbox ADD COLUMN recorded_at timestamptz NOT NULL DEFAULT clock_timestamp();   -- real time

CREATE TABLE stream_cursor (
  sink        text PRIMARY KEY,                       -- uns
  sent        bigint NOT NULL                         -- id of the outbox
);

-- One server at a time sends, so that what goes out stays in order. The clock is the database's.

CREATE TABLE stream_lease (
  only_one    boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  holder      text NOT NULL,
  until       timestamptz NOT NULL
);

-- Topics on which the broker keeps a state of ours: of equipment that has moved, they are cleared.

CREATE TABLE uns_topic (
  topic       text PRIMARY KEY,
  equipment   text NOT NULL,
  state       text NOT NULL
);

-- Who is told by HTTP.

CREATE TABLE webhook (
  id              text PRIMARY KEY,
  version         int NOT NULL DEFAULT 1,
  url             text NOT NULL,
  kinds           text[] NOT NULL,                    -- {}: all of them; a kind, or <subject>.*
  equipment       text[] NOT NULL,                    -- {}: all of it; with what lies below
  secret          text NOT NULL,                      -- never shown
  description     text NOT NULL,
  enabled         boolean NOT NULL,
  created_at      timestamptz NOT NULL,
  sent            bigint NOT NULL,                    -- id of the outbox
  failures        int NOT NULL DEFAULT 0,             -- in a row
  failing_since   timestamptz,                        -- real time
  last_failure    text,
  delivered_at    timestamptz                         -- real time, the last one
);

-- What a receiver did not take in time. It stays until somebody has it sent again or throws it away.

CREATE TABLE webhook_dead_letter (
  webhook     text NOT NULL REFERENCES webhook ON DELETE CASCADE,
  event       bigint NOT NULL,                        -- id of the outbox, which may have forgotten it
  at          timestamptz NOT NULL,
  kind        text NOT NULL,
  equipment   text NOT NULL,
  data        jsonb NOT NULL,
  reason      text NOT NULL,
  dead_since  timestamptz NOT NULL,                   -- real time
  resend      boolean NOT NULL DEFAULT false,         -- somebody wants it sent again
  PRIMARY KEY (webhook, event)
);
CREATE INDEX webhook_dead_letter_since ON webhook_dead_letter (dead_since);
