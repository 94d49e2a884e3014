-- Sampled figures of the fleet, a row for each bucket of each tier.

CREATE TABLE figure (
    tier    INTEGER NOT NULL, -- 0 is the finest
    name    TEXT    NOT NULL,
    at      INTEGER NOT NULL, -- when the bucket begins
    samples INTEGER NOT NULL,
    total   REAL    NOT NULL,
    least   REAL    NOT NULL,
    most    REAL    NOT NULL,
    PRIMARY KEY (tier, name, at)
) STRICT, WITHOUT ROWID;

CREATE INDEX figure_by_age ON figure (tier, at);
