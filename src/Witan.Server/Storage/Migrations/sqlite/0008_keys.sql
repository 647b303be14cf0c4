-- Keys of callers. Of a secret only its HMAC is kept; the one before a rotation is taken until previous_until.
CREATE TABLE api_keys (
    id             TEXT    NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL,
    scopes         TEXT    NOT NULL,
    plan           TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    expires_at     INTEGER,
    revoked_at     INTEGER,
    last_used_at   INTEGER,
    secret_hash    TEXT    NOT NULL,
    previous_hash  TEXT,
    previous_until INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX api_keys_by_time ON api_keys (created_at DESC, id DESC);

-- Administrative acts, in the transaction of their effect.
CREATE TABLE audit_log (
    id     TEXT    NOT NULL PRIMARY KEY,
    at     INTEGER NOT NULL,
    actor  TEXT    NOT NULL,
    act    TEXT    NOT NULL,
    target TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_log_by_time ON audit_log (at DESC, id DESC);
