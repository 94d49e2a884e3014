-- Conditions that people have named. Numbers are never given twice: what refers to a group that is gone finds none.

CREATE TABLE device_group (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    name        TEXT NOT NULL COLLATE NOCASE,
    description TEXT NOT NULL,
    condition   TEXT NOT NULL,
    sort        TEXT NOT NULL,
    columns     TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    created_by  TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX device_group_by_name ON device_group (name);
