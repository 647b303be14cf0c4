-- Experiments whose mode was ever changed. The others run in shadow.
CREATE TABLE experiments (
    name       TEXT    NOT NULL PRIMARY KEY,
    mode       TEXT    NOT NULL CHECK (mode IN ('shadow', 'live')),
    share      REAL    CHECK ((share IS NULL) = (mode = 'shadow')), -- of fixes that the second arm answers
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX experiments_one_live ON experiments (mode) WHERE mode = 'live';

-- Which arm of a live experiment answered a fix.
CREATE TABLE assignments (
    fix_id     TEXT NOT NULL PRIMARY KEY REFERENCES fixes (id),
    experiment TEXT NOT NULL,
    arm        TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX assignments_by_experiment ON assignments (experiment, arm);

-- What scorers that did not answer would have said, from the same features.
CREATE TABLE shadow_scores (
    fix_id     TEXT NOT NULL REFERENCES fixes (id),
    scorer     TEXT NOT NULL,                -- a version, or an arm of a live experiment
    confidence REAL NOT NULL,
    PRIMARY KEY (fix_id, scorer)
) STRICT, WITHOUT ROWID;
