-- Devices: one row each, documents as binary JSON.

CREATE TABLE device (
    slot             INTEGER PRIMARY KEY, -- dense, from 1, never given out twice
    device_id        TEXT    NOT NULL,
    seq              INTEGER NOT NULL,    -- of the last change: the newest row of its history
    etag             INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    desired_version  INTEGER NOT NULL,
    reported_version INTEGER NOT NULL,
    drift_count      INTEGER NOT NULL,    -- computed when written
    drift_refused    INTEGER NOT NULL,
    drift_since      INTEGER,
    model_id         TEXT    NOT NULL,
    identity         BLOB    NOT NULL,    -- jsonb array
    sealed_keys      BLOB,
    tags             BLOB    NOT NULL,    -- jsonb
    desired          BLOB    NOT NULL,    -- jsonb
    reported         BLOB    NOT NULL,    -- jsonb
    metadata         BLOB    NOT NULL     -- stamps of desired, then of reported
) STRICT;

CREATE UNIQUE INDEX device_by_id ON device (device_id);

-- When devices were last heard of, written behind. Apart from the device, so that a million of these are a few thousand pages.
CREATE TABLE activity (
    slot INTEGER PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT;

-- The last numbers given out.
CREATE TABLE counter (
    id   INTEGER PRIMARY KEY CHECK (id = 1),
    seq  INTEGER NOT NULL,
    slot INTEGER NOT NULL
) STRICT;

INSERT INTO counter (id, seq, slot) VALUES (1, 0, 0);
