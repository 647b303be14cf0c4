-- A training may be cancelled. SQLite cannot change a CHECK, so the table is made anew.
CREATE TABLE trainings_new (
    id          TEXT    NOT NULL PRIMARY KEY,
    status      TEXT    NOT NULL CHECK (status IN ('running', 'succeeded', 'refused', 'failed', 'cancelled')),
    reason      TEXT    NOT NULL,
    message     TEXT,
    version     TEXT,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;

INSERT INTO trainings_new SELECT id, status, reason, message, version, started_at, finished_at FROM trainings;
DROP TABLE trainings;
ALTER TABLE trainings_new RENAME TO trainings;

-- The latest outcomes of fixes that were answered with a confidence: is it still true?
CREATE INDEX fixes_scored ON fixes (completed_at DESC) WHERE confidence IS NOT NULL AND success IS NOT NULL;
