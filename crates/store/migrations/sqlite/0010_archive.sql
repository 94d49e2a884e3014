-- Devices that were retired, as they stood, and who took over from whom.

CREATE TABLE archive (
    number           INTEGER PRIMARY KEY, -- the change that retired the device: the newest row of its history
    slot             INTEGER NOT NULL,    -- the number it had; no other device is given it
    device_id        TEXT    NOT NULL,
    etag             INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    desired_version  INTEGER NOT NULL,
    reported_version INTEGER NOT NULL,
    model_id         TEXT    NOT NULL,
    identity         BLOB    NOT NULL,    -- jsonb array
    sealed_keys      BLOB,                -- for as long as the device may be restored
    tags             BLOB    NOT NULL,    -- jsonb
    desired          BLOB    NOT NULL,    -- jsonb
    reported         BLOB    NOT NULL,    -- jsonb
    metadata         BLOB    NOT NULL,    -- stamps of desired, then of reported
    last_activity    INTEGER,
    retired_at       INTEGER NOT NULL,
    who              TEXT    NOT NULL COLLATE NOCASE, -- the actor's name
    actor            BLOB    NOT NULL,    -- jsonb array
    reason           TEXT    NOT NULL,
    checks           BLOB    NOT NULL,    -- jsonb array
    restorable_until INTEGER,             -- null when it may not be restored, or was
    restored_at      INTEGER,
    restored_by      BLOB                 -- jsonb array
) STRICT;

CREATE INDEX archive_by_id ON archive (device_id, number);
CREATE INDEX archive_by_who ON archive (who, number);
CREATE INDEX archive_by_time ON archive (retired_at, number);
CREATE INDEX archive_by_grace ON archive (restorable_until) WHERE restorable_until IS NOT NULL;

-- Any three letters of an id lead to it.
CREATE VIRTUAL TABLE archive_name USING fts5 (name, content = '', tokenize = 'trigram');

-- The words of the archived twin and of the reason.
CREATE VIRTUAL TABLE archive_word USING fts5 (words, content = '', detail = 'none', tokenize = "unicode61 tokenchars '-_.:'");

-- Which device took over from which.
CREATE TABLE succession (
    slot      INTEGER PRIMARY KEY, -- the device that took over
    device_id TEXT    NOT NULL,
    old_slot  INTEGER NOT NULL,
    old_id    TEXT    NOT NULL,
    at        INTEGER NOT NULL
) STRICT;

CREATE INDEX succession_by_old ON succession (old_slot, slot);
