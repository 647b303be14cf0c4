-- The five summaries, with the names and columns of SQLite's views. Each has a unique key, so that it is refreshed CONCURRENTLY.

CREATE MATERIALIZED VIEW fix_statistics AS
SELECT agent_id, fix_strategy,
       count(*)                                              AS total,
       count(success)                                        AS outcomes,
       count(*) FILTER (WHERE success)                       AS successful,
       count(*) FILTER (WHERE success)::double precision / nullif(count(success), 0) AS success_rate,
       avg(confidence)                                       AS mean_confidence,
       avg(duration_ms)::double precision                    AS mean_duration_ms,
       min(proposed_at)                                      AS first_at,
       max(proposed_at)                                      AS last_at
FROM fixes
GROUP BY agent_id, fix_strategy;

CREATE UNIQUE INDEX fix_statistics_key ON fix_statistics (agent_id, fix_strategy);

CREATE MATERIALIZED VIEW collaboration_statistics AS
SELECT type, leader,
       count(*)                                              AS total,
       count(*) FILTER (WHERE status = 'complete')           AS completed,
       count(*) FILTER (WHERE outcome = 'success')           AS successful,
       count(*) FILTER (WHERE outcome = 'success')::double precision / nullif(count(*) FILTER (WHERE status = 'complete'), 0) AS success_rate,
       avg(progress)::double precision                       AS mean_progress,
       (avg(extract(epoch FROM ended_at - created_at)) * 1000)::double precision AS mean_duration_ms
FROM collaborations
GROUP BY type, leader;

CREATE UNIQUE INDEX collaboration_statistics_key ON collaboration_statistics (type, leader);

CREATE MATERIALIZED VIEW learning_domains AS
SELECT d.domain                                              AS domain,
       count(*)                                              AS patterns,
       avg(l.confidence)                                     AS mean_confidence,
       count(DISTINCT l.discovered_by)                       AS discoverers,
       min(l.created_at)                                     AS first_at,
       max(l.created_at)                                     AS last_at
FROM learnings l, unnest(l.agent_domains) AS d (domain)
GROUP BY d.domain;

CREATE UNIQUE INDEX learning_domains_key ON learning_domains (domain);

CREATE MATERIALIZED VIEW vote_consensus AS
SELECT c.id                                                  AS collaboration_id,
       count(v.id)                                           AS votes,
       count(*) FILTER (WHERE v.vote = 'approve')            AS approve,
       count(*) FILTER (WHERE v.vote = 'reject')             AS reject,
       count(*) FILTER (WHERE v.vote = 'abstain')            AS abstain,
       coalesce(sum(v.expertise) FILTER (WHERE v.vote = 'approve'), 0) AS approve_weight,
       coalesce(sum(v.expertise) FILTER (WHERE v.vote = 'reject'), 0)  AS reject_weight,
       sum(CASE v.vote WHEN 'approve' THEN v.expertise WHEN 'reject' THEN 0 END)
           / nullif(sum(v.expertise) FILTER (WHERE v.vote <> 'abstain'), 0) AS share,
       c.decision                                            AS decision
FROM collaborations c LEFT JOIN votes v ON v.collaboration_id = c.id AND v.superseded_at IS NULL
GROUP BY c.id, c.decision;

CREATE UNIQUE INDEX vote_consensus_key ON vote_consensus (collaboration_id);

CREATE MATERIALIZED VIEW overall_statistics AS
SELECT f.fixes, f.fix_outcomes, f.fix_successes, f.mean_confidence, a.agents, l.learnings, l.learnings_validated,
       c.collaborations, c.collaborations_open, c.collaboration_successes, v.votes
FROM (SELECT count(*) AS fixes, count(success) AS fix_outcomes, count(*) FILTER (WHERE success) AS fix_successes, avg(confidence) AS mean_confidence FROM fixes) f,
     (SELECT count(*) AS agents FROM agents) a,
     (SELECT count(*) AS learnings, count(validated_at) AS learnings_validated FROM learnings) l,
     (SELECT count(*) AS collaborations, count(*) FILTER (WHERE status IN ('planning', 'executing', 'testing')) AS collaborations_open,
             count(*) FILTER (WHERE outcome = 'success') AS collaboration_successes FROM collaborations) c,
     (SELECT count(*) AS votes FROM votes WHERE superseded_at IS NULL) v;

CREATE UNIQUE INDEX overall_statistics_key ON overall_statistics (fixes); -- it has one row

-- When each summary was last made anew, by which node's clock, and how long that took.
CREATE TABLE refreshes (
    summary      text             COLLATE "C" NOT NULL PRIMARY KEY,
    refreshed_at timestamptz      NOT NULL,
    duration_ms  double precision NOT NULL
) WITH (fillfactor = 10);

-- Only its owner may refresh a materialized view; through this a role without DDL may refresh these five.
CREATE FUNCTION refresh_summary(summary text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
    IF summary NOT IN ('fix_statistics', 'collaboration_statistics', 'learning_domains', 'vote_consensus', 'overall_statistics') THEN
        RAISE EXCEPTION 'there is no summary %', summary;
    END IF;
    EXECUTE format('REFRESH MATERIALIZED VIEW CONCURRENTLY %I.%I', current_schema(), summary);
END
$$;
