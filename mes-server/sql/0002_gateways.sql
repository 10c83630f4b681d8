-- Members of a redundant gateway: which of them is active. One row a gateway, renewed about once a second.

CREATE TABLE gateway_lease (
  gateway     text PRIMARY KEY,                       -- <site>/<gateway> of the device map
  holder      text NOT NULL,                          -- the member: its Sparkplug edge node
  term        bigint NOT NULL,                        -- counts the holders
  since       timestamptz NOT NULL,                   -- real time of the database, as until
  until       timestamptz NOT NULL
);

-- Device maps that are deployed to gateways. A revision never changes; the highest is the wanted one.

CREATE TABLE gateway_map (
  gateway     text NOT NULL,
  revision    int NOT NULL,
  at          timestamptz NOT NULL,
  note        text NOT NULL,
  text        text NOT NULL,                          -- as it was given, YAML
  PRIMARY KEY (gateway, revision)
);

-- What each member of a gateway has said of the map that is in force there.

CREATE TABLE gateway_member (
  gateway     text NOT NULL,
  member      text NOT NULL,
  revision    int,                                    -- null: its own file
  digest      text NOT NULL,
  outcome     jsonb,                                  -- protocols/gateway: mapOutcome, of the last one offered
  heard_at    timestamptz NOT NULL,
  PRIMARY KEY (gateway, member)
);
