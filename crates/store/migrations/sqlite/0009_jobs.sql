-- Jobs: one thing asked of many devices, and what came of it for each.

CREATE TABLE job (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    state        INTEGER NOT NULL, -- 0 its devices are gathered, 1 it runs, 2 it has ended
    started_at   INTEGER NOT NULL,
    ended_at     INTEGER,
    undoes       INTEGER,          -- the job that this one takes back
    spec         BLOB    NOT NULL, -- jsonb: what, over which condition, by whom and why
    cancellation BLOB,             -- jsonb: by whom, why and when; null unless canceled
    total        INTEGER NOT NULL DEFAULT 0,
    called       INTEGER NOT NULL DEFAULT 0,
    done         INTEGER NOT NULL DEFAULT 0,
    failed       INTEGER NOT NULL DEFAULT 0,
    skipped      INTEGER NOT NULL DEFAULT 0,
    canceled     INTEGER NOT NULL DEFAULT 0,
    undone       INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX job_open ON job (id) WHERE state < 2;
CREATE INDEX job_ended ON job (id) WHERE state = 2;
CREATE INDEX job_by_undoes ON job (undoes) WHERE undoes IS NOT NULL;

-- Outcomes that devices of a job have in common.
CREATE TABLE job_outcome (
    id      INTEGER PRIMARY KEY,
    job     INTEGER NOT NULL,
    state   INTEGER NOT NULL,
    code    TEXT    NOT NULL,
    answer  TEXT    NOT NULL,
    devices INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX job_outcome_by_answer ON job_outcome (job, state, code, answer);
CREATE INDEX job_outcome_by_devices ON job_outcome (job, devices);

-- The devices of a job, as they were when it was started. A number is never given to another device, so it stays the same device.
CREATE TABLE job_device (
    job       INTEGER NOT NULL,
    slot      INTEGER NOT NULL,
    device_id TEXT    NOT NULL,
    state     INTEGER NOT NULL, -- 0 pending, 1 called, 2 done, 3 failed, 4 skipped, 5 canceled, 6 undone
    outcome   INTEGER,          -- of job_outcome
    seq       INTEGER,          -- of the change in the history
    replaced  BLOB,             -- jsonb array: what the change put in the place of what
    PRIMARY KEY (job, slot)
) STRICT, WITHOUT ROWID;

CREATE INDEX job_device_by_state ON job_device (job, state, slot);
CREATE INDEX job_device_by_outcome ON job_device (job, outcome, slot);
