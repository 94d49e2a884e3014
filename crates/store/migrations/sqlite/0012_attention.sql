-- Checks that hold: since when, and who looks after them; and people whose password somebody else has made up.

CREATE TABLE attention (
    id       TEXT    PRIMARY KEY,
    since    INTEGER NOT NULL,
    taken_by TEXT,
    taken_at INTEGER
) STRICT, WITHOUT ROWID;

ALTER TABLE person ADD COLUMN must_choose INTEGER NOT NULL DEFAULT 0;
