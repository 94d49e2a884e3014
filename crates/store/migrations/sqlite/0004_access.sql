-- People, their sessions, and the policies of services.

CREATE TABLE person (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    name          TEXT    NOT NULL COLLATE NOCASE,
    role          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    is_enabled    INTEGER NOT NULL,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX person_by_name ON person (name);

CREATE TABLE session (
    token_hash BLOB    PRIMARY KEY,
    person     INTEGER NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    csrf       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_person ON session (person);
CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE policy (
    name        TEXT    PRIMARY KEY,
    permissions TEXT    NOT NULL,
    sealed_keys BLOB    NOT NULL,
    changed_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
