-- Each index is tied to its query, with what it costs and saves, in docs/storage.md.

CREATE UNIQUE INDEX fixes_external_id ON fixes (agent_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX fixes_newest ON fixes (proposed_at DESC, id DESC);
CREATE INDEX fixes_by_agent ON fixes (agent_id, proposed_at DESC, id DESC);
CREATE INDEX fixes_by_agent_and_success ON fixes (agent_id, success, proposed_at DESC, id DESC) WHERE success IS NOT NULL;
CREATE INDEX fixes_by_strategy ON fixes (fix_strategy, proposed_at DESC, id DESC);
CREATE INDEX fixes_by_issue ON fixes (issue, proposed_at DESC, id DESC) WHERE issue IS NOT NULL;
CREATE INDEX fixes_by_repository ON fixes (repository, proposed_at DESC, id DESC) WHERE repository IS NOT NULL;
CREATE INDEX fixes_by_rare_status ON fixes (status, proposed_at DESC, id DESC) WHERE status IN ('approved', 'rejected', 'expired', 'rolled_back');
CREATE INDEX fixes_scored ON fixes (completed_at DESC) WHERE confidence IS NOT NULL AND success IS NOT NULL;

CREATE INDEX agent_records_by_key ON agent_records (scope, key);
CREATE INDEX idempotency_keys_by_age ON idempotency_keys (stored_at);
CREATE UNIQUE INDEX models_one_champion ON models (status) WHERE status = 'champion';

CREATE INDEX learnings_newest ON learnings (created_at DESC, pattern DESC);
CREATE INDEX learnings_by_discoverer ON learnings (discovered_by, created_at DESC, pattern DESC);
CREATE INDEX learnings_by_domain ON learnings USING gin (agent_domains);
CREATE INDEX learning_uses_by_fix ON learning_uses (fix_id);

CREATE INDEX collaborations_newest ON collaborations (created_at DESC, id DESC);
CREATE INDEX collaborations_by_leader ON collaborations (leader, created_at DESC, id DESC);
CREATE INDEX collaborations_by_status ON collaborations (status, created_at DESC, id DESC);
CREATE INDEX collaborations_by_participant ON collaborations USING gin (participants);
CREATE INDEX collaborations_open ON collaborations (deadline) WHERE status IN ('planning', 'executing', 'testing');

CREATE UNIQUE INDEX votes_current ON votes (collaboration_id, voter_id) WHERE superseded_at IS NULL;
CREATE INDEX votes_newest ON votes (voted_at DESC, id DESC);
CREATE INDEX votes_by_voter ON votes (voter_id, voted_at DESC, id DESC);
CREATE INDEX votes_by_collaboration ON votes (collaboration_id);

CREATE UNIQUE INDEX experiments_one_live ON experiments (mode) WHERE mode = 'live';
