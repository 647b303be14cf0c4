-- Keys of callers. Of a secret only its HMAC is kept; the one before a rotation is taken until previous_until.
CREATE TABLE api_keys (
    id             text        COLLATE "C" NOT NULL PRIMARY KEY,
    name           text        NOT NULL,
    scopes         text[]      NOT NULL,
    plan           text        NOT NULL,
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz,
    revoked_at     timestamptz,
    last_used_at   timestamptz,
    secret_hash    text        NOT NULL,
    previous_hash  text,
    previous_until timestamptz
);

CREATE INDEX api_keys_by_time ON api_keys (created_at DESC, id DESC);

-- Administrative acts, in the transaction of their effect.
CREATE TABLE audit_log (
    id     uuid        NOT NULL PRIMARY KEY,
    at     timestamptz NOT NULL,
    actor  text        NOT NULL,
    act    text        NOT NULL,
    target text
);

CREATE INDEX audit_log_by_time ON audit_log (at DESC, id DESC);
