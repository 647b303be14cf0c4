CREATE TABLE models (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    version     TEXT    NOT NULL UNIQUE,
    kind        TEXT    NOT NULL,
    status      TEXT    NOT NULL CHECK (status IN ('candidate', 'shadow', 'champion', 'retired')),
    outcomes    INTEGER NOT NULL,
    schema_hash TEXT,
    data_hash   TEXT,
    metrics     TEXT,                        -- JSON
    artefact    TEXT,                        -- JSON, see Witan.Intelligence.Models.ModelArtefact; null for built-in scorers
    created_at  INTEGER
) STRICT;

CREATE UNIQUE INDEX models_one_champion ON models (status) WHERE status = 'champion';

INSERT INTO models (version, kind, status, outcomes) VALUES
    ('heuristic', 'heuristic', 'candidate', 0),
    ('track-record', 'track-record', 'champion', 0);

CREATE TABLE trainings (
    id          TEXT    NOT NULL PRIMARY KEY,
    status      TEXT    NOT NULL CHECK (status IN ('running', 'succeeded', 'refused', 'failed')),
    reason      TEXT    NOT NULL,
    message     TEXT,
    version     TEXT,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;
