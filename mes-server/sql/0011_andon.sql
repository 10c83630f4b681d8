-- Andon calls (docs/alarms.md): who called for what, and what became of it. Steps are only added; the
-- call's row is the end of their fold in order of (occurred_at, id).

CREATE TABLE andon_call (
  id              text PRIMARY KEY,                   -- of the command, or alarm:<alarm>@<ms>
  line            text NOT NULL,
  unit            text,
  kind            text NOT NULL,                      -- help | material | maintenance | quality | safety
  note            text NOT NULL,
  raised_at       timestamptz NOT NULL,
  raised_by       text NOT NULL,
  alarm           text,                               -- that raised it
  state           text NOT NULL,
  since           timestamptz NOT NULL,
  acknowledged_at timestamptz,
  acknowledged_by text,
  arrived_at      timestamptz,
  ended_at        timestamptz,
  known_at        timestamptz NOT NULL
);
CREATE INDEX andon_call_open ON andon_call (line) WHERE ended_at IS NULL;
CREATE INDEX andon_call_raised ON andon_call (raised_at DESC, id);
CREATE UNIQUE INDEX andon_call_open_alarm ON andon_call (alarm) WHERE ended_at IS NULL;

CREATE TABLE andon_step (
  call        text NOT NULL REFERENCES andon_call,
  id          text NOT NULL,                          -- of the command
  action      text NOT NULL,                          -- acknowledge | arrive | resolve | cancel
  occurred_at timestamptz NOT NULL,
  known_at    timestamptz NOT NULL,
  actor       text NOT NULL,
  note        text,
  PRIMARY KEY (call, id)
);
CREATE TRIGGER andon_step_is_kept BEFORE UPDATE OR DELETE ON andon_step
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Whom to tell if nobody comes: the rule of the line, else of its area, else of its site, else of all.

CREATE TABLE escalation_rule (
  id          text PRIMARY KEY,
  equipment   text,                                   -- line, area or site; null for everywhere
  kind        text,                                   -- null for every kind
  steps       jsonb NOT NULL,                         -- [{afterMs, unless, to, shifts}]
  version     int NOT NULL,
  is_retired  boolean NOT NULL DEFAULT false
);
CREATE UNIQUE INDEX escalation_rule_scope ON escalation_rule (equipment, kind) NULLS NOT DISTINCT
  WHERE NOT is_retired;

-- A step of a call is told once: the row is written in the transaction of its event.

CREATE TABLE escalation (
  call        text NOT NULL REFERENCES andon_call,
  step        int NOT NULL,
  at          timestamptz NOT NULL,                   -- when it was due
  told_to     text[] NOT NULL,
  known_at    timestamptz NOT NULL,
  PRIMARY KEY (call, step)
);
