-- Production orders and jobs. Quantities are whole numbers of the product's smallest unit.

CREATE TABLE product (                                -- material, in the words of ISA-95
  id          text PRIMARY KEY,
  name        text NOT NULL,
  unit        text NOT NULL,                          -- the smallest one that is counted
  erp_code    text,
  version     int NOT NULL DEFAULT 1
);

CREATE TABLE production_order (
  id                  text PRIMARY KEY,
  product             text NOT NULL REFERENCES product,
  quantity            bigint NOT NULL CHECK (quantity > 0),
  due                 timestamptz,
  priority            int NOT NULL DEFAULT 0,         -- the greater goes first
  customer_reference  text,
  status              text NOT NULL DEFAULT 'Planned',  -- follows from its jobs: domain/orders/order-status
  version             int NOT NULL DEFAULT 1
);
CREATE INDEX production_order_due ON production_order ((coalesce(due, 'infinity')), id);
CREATE INDEX production_order_status ON production_order (status);
CREATE INDEX production_order_product ON production_order (product);

-- Jobs that are waited for, in order; the row's lock is what makes two commands of a line take turns.

CREATE TABLE dispatch_queue (
  line        text PRIMARY KEY,
  version     int NOT NULL DEFAULT 0
);

-- One operation of an order on one line. `state` follows from the facts below and from `sequence`.

CREATE TABLE job (
  id                text PRIMARY KEY,
  production_order  text NOT NULL REFERENCES production_order,
  operation         int NOT NULL,                     -- order of the operations of a production order
  line              text NOT NULL REFERENCES line,
  quantity          bigint NOT NULL CHECK (quantity > 0),
  planned_start     timestamptz,
  planned_end       timestamptz,
  sequence          int,                              -- place in the dispatch queue; null: not in it
  state             text NOT NULL,
  version           int NOT NULL DEFAULT 1,
  CHECK (planned_start < planned_end),
  UNIQUE (production_order, operation)
);
CREATE INDEX job_line_state ON job (line, state);

-- What of a line can be held by one job at a time. A line has slot 1; a unit that no slot names is of slot 1.

CREATE TABLE capacity_slot (
  key         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  line        text NOT NULL REFERENCES line,
  slot        int NOT NULL CHECK (slot > 0),
  units       text[] NOT NULL DEFAULT '{}',           -- whose pieces are those of its job
  UNIQUE (line, slot)
);

-- What was done with jobs, told by people and other systems in any order: folded by (occurred_at, command).

CREATE TABLE job_fact (
  command      text PRIMARY KEY,
  line         text NOT NULL,
  job          text NOT NULL REFERENCES job,
  kind         text NOT NULL,                         -- start | beginProduction | hold | resume | complete | abort | close
  occurred_at  timestamptz NOT NULL,
  slot         int,                                   -- null: the first that is free then
  phase        text                                   -- of a start: setup | production
);
CREATE INDEX job_fact_line ON job_fact (line, occurred_at);
CREATE INDEX job_fact_job ON job_fact (job, occurred_at);
CREATE TRIGGER job_fact_is_kept BEFORE UPDATE OR DELETE ON job_fact
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Facts that were wrong: taken back, as if they had never been told.

CREATE TABLE job_fact_retraction (
  fact        text PRIMARY KEY REFERENCES job_fact,
  command     text NOT NULL,
  reason      text NOT NULL
);
CREATE TRIGGER job_fact_retraction_is_kept BEFORE UPDATE OR DELETE ON job_fact_retraction
  FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Derived from the facts: those that do not fit the ones before them, and when a job held a slot.

CREATE TABLE job_conflict (
  command     text PRIMARY KEY REFERENCES job_fact,
  line        text NOT NULL,
  reason      text NOT NULL,                          -- domain/orders/foldJobs
  with_job    text                                    -- that holds the slot
);
CREATE INDEX job_conflict_line ON job_conflict (line);

CREATE TABLE job_interval (
  slot_key    int NOT NULL REFERENCES capacity_slot,
  job         text NOT NULL REFERENCES job,
  phase       text NOT NULL,                          -- setup | production
  from_ts     timestamptz NOT NULL,
  to_ts       timestamptz,                            -- null while it lasts
  PRIMARY KEY (slot_key, from_ts),
  CHECK (from_ts < to_ts),
  CONSTRAINT one_job_a_slot EXCLUDE USING gist
    (int4range(slot_key, slot_key, '[]') WITH &&, tstzrange(from_ts, to_ts) WITH &&)
);
CREATE INDEX job_interval_job ON job_interval (job);

-- Ideal cycles. What they are of has a key, so that a constraint can keep their times apart.

CREATE TABLE cycle_standard_subject (
  key         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  line        text NOT NULL,
  equipment   text NOT NULL,                          -- a line, or a unit of it
  product     text REFERENCES product,                -- null: whatever is produced there
  UNIQUE NULLS NOT DISTINCT (equipment, product)
);
CREATE INDEX cycle_standard_subject_line ON cycle_standard_subject (line);

CREATE TABLE cycle_standard (
  id                   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject              int NOT NULL REFERENCES cycle_standard_subject,
  from_ts              timestamptz NOT NULL,
  to_ts                timestamptz,                   -- null: until further notice; from_ts: never
  ideal_cycle_seconds  double precision NOT NULL CHECK (ideal_cycle_seconds > 0),
  version              int NOT NULL DEFAULT 1,
  CONSTRAINT one_cycle_at_a_time EXCLUDE USING gist
    (int4range(subject, subject, '[]') WITH &&, tstzrange(from_ts, to_ts) WITH &&)
);

-- Pieces that were counted by hand; a wrong one is set right by another one.

CREATE TABLE count_declaration (
  command     text PRIMARY KEY,
  line        text NOT NULL,
  equipment   text NOT NULL,                          -- a line, or a unit of it
  role        text NOT NULL,                          -- good | scrap | rework
  at          timestamptz NOT NULL,
  quantity    bigint NOT NULL CHECK (quantity <> 0),
  slot        int NOT NULL,                           -- whose job they are of, where a line has several
  reason      text NOT NULL,
  actor       text NOT NULL
);
CREATE INDEX count_declaration_line ON count_declaration (line, at);
CREATE TRIGGER count_declaration_is_kept BEFORE UPDATE OR DELETE ON count_declaration
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
