-- Who signed on and off where: facts in any order; who was where follows from them in the order of (at, id).
CREATE TABLE labour_fact (
  id          text PRIMARY KEY,                       -- of the command
  person      text NOT NULL,                          -- a reference, never a name
  kind        text NOT NULL,                          -- on | off | withdrawn
  equipment   text,                                   -- a line or a unit; null: signs off everywhere
  role        text,                                   -- of a sign-on, such as operator
  subject     text,                                   -- the fact that is withdrawn
  at          timestamptz NOT NULL,
  known_at    timestamptz NOT NULL,                   -- when we knew, plant time
  actor       text NOT NULL
);
CREATE INDEX labour_fact_at ON labour_fact (at);
CREATE INDEX labour_fact_person ON labour_fact (person, at);
CREATE TRIGGER labour_fact_is_kept BEFORE UPDATE OR DELETE ON labour_fact
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- How sign-ons are read on a line, from a time on.
CREATE TABLE labour_rule (
  line              text NOT NULL,
  from_ts           timestamptz NOT NULL,
  command           text NOT NULL,
  several_places    boolean NOT NULL,                 -- a person may be signed on elsewhere too
  tolerance_minutes int NOT NULL,                     -- a forgotten sign-off ends so long after the shift
  PRIMARY KEY (line, from_ts, command)
);
CREATE TRIGGER labour_rule_is_kept BEFORE UPDATE OR DELETE ON labour_rule
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What people say to the next shift.
CREATE TABLE handover_note (
  id          text PRIMARY KEY,                       -- of the command
  line        text NOT NULL,
  shift_from  timestamptz NOT NULL,                   -- beginning of the shift that it is about
  at          timestamptz NOT NULL,
  known_at    timestamptz NOT NULL,
  actor       text NOT NULL,
  topic       text NOT NULL,                          -- safety | quality | machine | material | people | other
  text        text NOT NULL,
  withdraws   text                                    -- the note that it takes back
);
CREATE INDEX handover_note_shift ON handover_note (line, shift_from, at);
CREATE TRIGGER handover_note_is_kept BEFORE UPDATE OR DELETE ON handover_note
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A shift's report as somebody has signed it: it stays, whatever is corrected later.
CREATE TABLE handover_sign_off (
  id          text PRIMARY KEY,                       -- of the command
  line        text NOT NULL,
  shift_from  timestamptz NOT NULL,
  side        text NOT NULL,                          -- leaving | takingOver
  actor       text NOT NULL,
  at          timestamptz NOT NULL,
  known_at    timestamptz NOT NULL,
  report      jsonb NOT NULL,                         -- protocols/console/handover
  hash        text NOT NULL,                          -- sha256 of the report's canonical JSON
  UNIQUE (line, shift_from, side)
);
CREATE TRIGGER handover_sign_off_is_kept BEFORE UPDATE OR DELETE ON handover_sign_off
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
