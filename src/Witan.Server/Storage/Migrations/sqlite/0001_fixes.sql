-- Times are microseconds since 1970-01-01 UTC; ids are lower-case UUIDv7 text, so that text order is time order.

CREATE TABLE agents (
    id         TEXT    NOT NULL PRIMARY KEY,
    name       TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    family     TEXT,
    model      TEXT,
    domains    TEXT    NOT NULL,             -- JSON array of text
    layers     TEXT    NOT NULL,             -- JSON array of integers
    status     TEXT    NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen  INTEGER NOT NULL
) STRICT;

CREATE TABLE fixes (
    id            TEXT    NOT NULL PRIMARY KEY,
    external_id   TEXT,
    agent_id      TEXT    NOT NULL REFERENCES agents (id),
    family        TEXT,
    model         TEXT,
    fix_strategy  TEXT    NOT NULL,
    issue         TEXT,
    repository    TEXT,
    domain        TEXT,
    layers        TEXT    NOT NULL,          -- JSON array of integers
    error         TEXT,
    files         INTEGER,
    lines_added   INTEGER,
    lines_deleted INTEGER,
    paths         TEXT,                      -- JSON array of text
    attributes    TEXT,                      -- JSON object of numbers and booleans
    proposed_at   INTEGER NOT NULL,
    recorded_at   INTEGER NOT NULL,
    replay        INTEGER NOT NULL,
    status        TEXT    NOT NULL,
    decision      TEXT,
    confidence    REAL,
    interval_low  REAL,
    interval_high REAL,
    scorer        TEXT,
    status_by     TEXT,
    status_reason TEXT,
    status_at     INTEGER,
    success       INTEGER,
    duration_ms   INTEGER,
    error_message TEXT,
    completed_at  INTEGER,
    rolled_back_at INTEGER
) STRICT;

CREATE UNIQUE INDEX fixes_external_id ON fixes (agent_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX fixes_newest ON fixes (proposed_at DESC, id DESC);
CREATE INDEX fixes_by_agent ON fixes (agent_id, proposed_at DESC, id DESC);
CREATE INDEX fixes_by_issue ON fixes (issue, agent_id, proposed_at) WHERE issue IS NOT NULL;

-- What was decided and from what, exactly as it was at that moment.
CREATE TABLE receipts (
    fix_id      TEXT NOT NULL PRIMARY KEY REFERENCES fixes (id),
    schema_hash TEXT NOT NULL,
    body        TEXT NOT NULL                -- JSON
) STRICT;

CREATE TRIGGER receipts_never_change BEFORE UPDATE ON receipts
BEGIN
    SELECT RAISE(ABORT, 'receipts never change');
END;

CREATE TRIGGER receipts_are_never_replaced BEFORE INSERT ON receipts
WHEN EXISTS (SELECT 1 FROM receipts WHERE fix_id = NEW.fix_id)
BEGIN
    SELECT RAISE(ABORT, 'receipts never change');
END;

CREATE TRIGGER receipts_never_vanish BEFORE DELETE ON receipts
BEGIN
    SELECT RAISE(ABORT, 'receipts never change');
END;

-- The names behind the numbers of a receipt's feature vector.
CREATE TABLE feature_schemas (
    hash     TEXT NOT NULL PRIMARY KEY,
    features TEXT NOT NULL                   -- JSON array of text
) STRICT;

-- The log that track records are made of: one event when an outcome becomes known, a second when a success is rolled back.
CREATE TABLE outcomes (
    seq         INTEGER PRIMARY KEY,
    fix_id      TEXT    NOT NULL REFERENCES fixes (id),
    kind        TEXT    NOT NULL CHECK (kind IN ('outcome', 'rollback')),
    success     INTEGER NOT NULL,
    occurred_at INTEGER NOT NULL,
    UNIQUE (fix_id, kind)
) STRICT;

-- Counts per agent, overall (key '') and per strategy and domain; changed in the transaction of the outcome.
CREATE TABLE agent_records (
    agent_id    TEXT    NOT NULL REFERENCES agents (id),
    scope       TEXT    NOT NULL CHECK (scope IN ('overall', 'strategy', 'domain')),
    key         TEXT    NOT NULL,
    outcomes    INTEGER NOT NULL,
    successes   INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    durations   INTEGER NOT NULL,
    PRIMARY KEY (agent_id, scope, key)
) STRICT, WITHOUT ROWID;

-- The answer to a POST with an Idempotency-Key, stored in the transaction of its effect.
CREATE TABLE idempotency_keys (
    caller     TEXT    NOT NULL,
    route      TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    body_hash  TEXT    NOT NULL,
    status     INTEGER NOT NULL,
    location   TEXT,
    body       TEXT    NOT NULL,
    stored_at  INTEGER NOT NULL,
    PRIMARY KEY (caller, route, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (stored_at);
