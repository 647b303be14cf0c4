CREATE TABLE learnings (
    pattern        TEXT    NOT NULL PRIMARY KEY,
    problem        TEXT    NOT NULL,
    solution       TEXT    NOT NULL,
    code_example   TEXT,
    agent_domains  TEXT    NOT NULL,         -- JSON array of text
    esa_layers     TEXT    NOT NULL,         -- JSON array of integers
    discovered_by  TEXT    NOT NULL REFERENCES agents (id),
    repository     TEXT,
    claim          REAL    NOT NULL,         -- the confidence that its discoverer gave
    confidence     REAL    NOT NULL,
    times_applied  INTEGER NOT NULL,
    successes      INTEGER NOT NULL,
    failures       INTEGER NOT NULL,
    reinforcements INTEGER NOT NULL,
    validated_at   INTEGER,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX learnings_newest ON learnings (created_at DESC, pattern DESC);

-- Uses in a fix: once each, and their outcome becomes known with the fix's.
CREATE TABLE learning_uses (
    pattern TEXT    NOT NULL REFERENCES learnings (pattern),
    fix_id  TEXT    NOT NULL REFERENCES fixes (id),
    success INTEGER,
    used_at INTEGER NOT NULL,
    PRIMARY KEY (pattern, fix_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX learning_uses_by_fix ON learning_uses (fix_id);
