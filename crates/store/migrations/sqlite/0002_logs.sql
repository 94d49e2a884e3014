-- What has happened. Every log grows at its end and is pruned at its beginning.

-- Changes of devices. A device's changes are a chain: device.seq is the newest, history.before the one before it; no index is needed.
CREATE TABLE history (
    seq    INTEGER PRIMARY KEY,
    slot   INTEGER NOT NULL,
    before INTEGER NOT NULL, -- 0 when it was the first; may have been pruned
    at     INTEGER NOT NULL,
    kind   INTEGER NOT NULL, -- 0 created, 1 changed, 2 deleted
    entry  BLOB    NOT NULL  -- jsonb array
) STRICT;

CREATE TABLE event (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    slot   INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    kind   TEXT    NOT NULL,
    entry  BLOB    NOT NULL -- jsonb array
) STRICT;

CREATE INDEX event_by_slot ON event (slot);

CREATE TABLE message (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    slot   INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    entry  BLOB    NOT NULL, -- jsonb array
    body   BLOB    NOT NULL
) STRICT;

CREATE INDEX message_by_slot ON message (slot);

CREATE TABLE audit (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   BLOB    NOT NULL, -- jsonb array
    action  TEXT    NOT NULL,
    target  TEXT    NOT NULL,
    outcome TEXT    NOT NULL,
    reason  TEXT,
    detail  BLOB    NOT NULL  -- jsonb
) STRICT;
