-- KPIs: numerators and denominators of lines and units, in windows that are cut at hours (UTC), shifts,
-- jobs and ideal cycles. All of it can be made again (src/recalculation); ratios are never stored.

CREATE TABLE kpi_window (
  line                      text NOT NULL,
  equipment                 text NOT NULL,            -- the line, or a unit of it
  from_ts                   timestamptz NOT NULL,
  to_ts                     timestamptz NOT NULL,     -- within the hour (UTC) of from_ts
  shift                     text,                     -- instance; null: none is on
  business_date             date,
  crew                      text,
  job                       text,                     -- that held the equipment's slot
  production_order          text,
  product                   text,
  unscheduled_ms            bigint NOT NULL,          -- these six sum to the length of the window
  planned_downtime_ms       bigint NOT NULL,
  apt_ms                    bigint NOT NULL,
  asut_ms                   bigint NOT NULL,
  adet_ms                   bigint NOT NULL,
  adot_ms                   bigint NOT NULL,
  produced_outside_plan_ms  bigint NOT NULL,          -- part of apt_ms
  unobserved_ms             bigint NOT NULL,          -- part of asut_ms + adet_ms + adot_ms
  standard_apt_ms           bigint NOT NULL,          -- part of apt_ms
  ideal_us                  bigint NOT NULL,          -- pieces times their ideal cycle
  good_pieces               bigint NOT NULL,
  scrap_pieces              bigint NOT NULL,
  rework_pieces             bigint NOT NULL,          -- part of good_pieces
  pieces_without_standard   bigint NOT NULL,
  stops                     bigint NOT NULL,          -- that begin here, as do microstops and failures
  stop_ms                   bigint NOT NULL,
  microstops                bigint NOT NULL,
  microstop_ms              bigint NOT NULL,
  failures                  bigint NOT NULL,
  failure_ms                bigint NOT NULL,
  loss_breakdown_ms         bigint NOT NULL,          -- the losses sum to asut_ms + adet_ms + adot_ms
  loss_setup_ms             bigint NOT NULL,
  loss_minor_stop_ms        bigint NOT NULL,
  loss_starved_ms           bigint NOT NULL,
  loss_blocked_ms           bigint NOT NULL,
  loss_material_ms          bigint NOT NULL,
  loss_operator_ms          bigint NOT NULL,
  loss_quality_ms           bigint NOT NULL,
  loss_planned_ms           bigint NOT NULL,
  loss_unobserved_ms        bigint NOT NULL,
  loss_unassigned_ms        bigint NOT NULL,
  PRIMARY KEY (equipment, from_ts)
);
CREATE INDEX kpi_window_line ON kpi_window (line, from_ts);

-- What was derived of each hour: by which stops it begins and ends, so that neighbours that disagree about a
-- stop are found and derived again.

CREATE TABLE kpi_hour (
  line        text NOT NULL,
  hour        timestamptz NOT NULL,
  edge_from   text NOT NULL,
  edge_to     text NOT NULL,
  PRIMARY KEY (line, hour)
);

-- The first hour of which anything is known; windows are without a gap from there on.

ALTER TABLE line_recalculation ADD COLUMN derived_from timestamptz;
ALTER TABLE line_recalculation ADD COLUMN turn bigint NOT NULL DEFAULT 0;  -- raised whenever its hours are derived

-- Periods that are closed: their windows stay, and edits of them are refused.

CREATE TABLE period_lock (
  equipment   text PRIMARY KEY,                       -- a line, or an area, site or enterprise of lines
  until_ts    timestamptz NOT NULL,
  actor       text NOT NULL,
  closed_at   timestamptz NOT NULL,
  version     int NOT NULL DEFAULT 1
);

-- What would be different in a closed period: deltas of its windows by hour, shift and job. Window plus
-- adjustments is what the facts say now.

CREATE TABLE kpi_adjustment (
  id                        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  known_at                  timestamptz NOT NULL,     -- plant time
  cause                     text NOT NULL,            -- lateFacts | reopened
  line                      text NOT NULL,
  equipment                 text NOT NULL,            -- the line, or a unit of it
  from_ts                   timestamptz NOT NULL,
  to_ts                     timestamptz NOT NULL,     -- within the hour (UTC) of from_ts
  shift                     text,                     -- instance; null: none is on
  business_date             date,
  crew                      text,
  job                       text,                     -- that held the equipment's slot
  production_order          text,
  product                   text,
  unscheduled_ms            bigint NOT NULL,          -- these six sum to the length of the window
  planned_downtime_ms       bigint NOT NULL,
  apt_ms                    bigint NOT NULL,
  asut_ms                   bigint NOT NULL,
  adet_ms                   bigint NOT NULL,
  adot_ms                   bigint NOT NULL,
  produced_outside_plan_ms  bigint NOT NULL,          -- part of apt_ms
  unobserved_ms             bigint NOT NULL,          -- part of asut_ms + adet_ms + adot_ms
  standard_apt_ms           bigint NOT NULL,          -- part of apt_ms
  ideal_us                  bigint NOT NULL,          -- pieces times their ideal cycle
  good_pieces               bigint NOT NULL,
  scrap_pieces              bigint NOT NULL,
  rework_pieces             bigint NOT NULL,          -- part of good_pieces
  pieces_without_standard   bigint NOT NULL,
  stops                     bigint NOT NULL,          -- that begin here, as do microstops and failures
  stop_ms                   bigint NOT NULL,
  microstops                bigint NOT NULL,
  microstop_ms              bigint NOT NULL,
  failures                  bigint NOT NULL,
  failure_ms                bigint NOT NULL,
  loss_breakdown_ms         bigint NOT NULL,          -- the losses sum to asut_ms + adet_ms + adot_ms
  loss_setup_ms             bigint NOT NULL,
  loss_minor_stop_ms        bigint NOT NULL,
  loss_starved_ms           bigint NOT NULL,
  loss_blocked_ms           bigint NOT NULL,
  loss_material_ms          bigint NOT NULL,
  loss_operator_ms          bigint NOT NULL,
  loss_quality_ms           bigint NOT NULL,
  loss_planned_ms           bigint NOT NULL,
  loss_unobserved_ms        bigint NOT NULL,
  loss_unassigned_ms        bigint NOT NULL
);
CREATE INDEX kpi_adjustment_line ON kpi_adjustment (line, from_ts);
CREATE INDEX kpi_adjustment_equipment ON kpi_adjustment (equipment, from_ts);
CREATE TRIGGER kpi_adjustment_is_kept BEFORE UPDATE OR DELETE ON kpi_adjustment
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
