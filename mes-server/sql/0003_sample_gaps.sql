-- Samples that a gateway read and had to drop: where the record of a device has a gap. Told by the gateway
-- itself in a numbered message, and kept in the transaction that advances the cursor over it.

CREATE TABLE sample_gap (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source      text NOT NULL,
  device      text NOT NULL,
  from_ts     timestamptz NOT NULL,                   -- source time of the first sample dropped
  to_ts       timestamptz NOT NULL,                   -- and of the last
  samples     bigint NOT NULL,
  reason      text NOT NULL                           -- bytes | age | disk: which bound of the outbox
);
CREATE INDEX sample_gap_of ON sample_gap (source, device, to_ts);
