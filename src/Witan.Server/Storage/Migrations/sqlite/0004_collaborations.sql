CREATE TABLE collaborations (
    id             TEXT    NOT NULL PRIMARY KEY,
    type           TEXT    NOT NULL,
    leader         TEXT    NOT NULL REFERENCES agents (id),
    participants   TEXT    NOT NULL,         -- JSON array of text, the leader among them
    goal           TEXT    NOT NULL,
    fix_id         TEXT    REFERENCES fixes (id) DEFERRABLE INITIALLY DEFERRED, -- an escalation comes before its fix
    issue          TEXT,                     -- set when an escalation opened it
    may_join       INTEGER NOT NULL,         -- whether an experienced agent that was not invited may vote and so take part
    status         TEXT    NOT NULL,
    progress       INTEGER NOT NULL,
    outcome        TEXT,
    quorum         INTEGER NOT NULL,
    deadline       INTEGER NOT NULL,
    decision       TEXT,
    share          REAL,
    voters         INTEGER,
    approve_weight REAL,
    reject_weight  REAL,
    decided_at     INTEGER,
    created_at     INTEGER NOT NULL,
    ended_at       INTEGER
) STRICT;

CREATE INDEX collaborations_newest ON collaborations (created_at DESC, id DESC);
CREATE INDEX collaborations_open ON collaborations (deadline) WHERE status IN ('planning', 'executing', 'testing');
CREATE INDEX collaborations_by_issue ON collaborations (issue) WHERE issue IS NOT NULL;

-- Every vote ever cast; the current one of a voter is not superseded.
CREATE TABLE votes (
    id               TEXT    NOT NULL PRIMARY KEY,
    collaboration_id TEXT    NOT NULL REFERENCES collaborations (id),
    voter_id         TEXT    NOT NULL REFERENCES agents (id),
    solution         TEXT    NOT NULL,
    vote             TEXT    NOT NULL CHECK (vote IN ('approve', 'reject', 'abstain')),
    expertise        REAL    NOT NULL,
    counts           INTEGER NOT NULL,
    reasoning        TEXT,
    voted_at         INTEGER NOT NULL,
    superseded_at    INTEGER
) STRICT;

CREATE UNIQUE INDEX votes_current ON votes (collaboration_id, voter_id) WHERE superseded_at IS NULL;
CREATE INDEX votes_newest ON votes (voted_at DESC, id DESC);
CREATE INDEX votes_by_voter ON votes (voter_id, voted_at DESC, id DESC);
