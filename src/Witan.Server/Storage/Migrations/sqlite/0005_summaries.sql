-- The last write that could have changed a summary.
CREATE TABLE changes (
    kind TEXT    NOT NULL PRIMARY KEY,
    at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE VIEW fix_statistics AS
SELECT agent_id, fix_strategy,
       count(*)                                              AS total,
       count(success)                                        AS outcomes,
       count(CASE WHEN success THEN 1 END)                   AS successful,
       CASE WHEN count(success) > 0 THEN 1.0 * count(CASE WHEN success THEN 1 END) / count(success) END AS success_rate,
       avg(confidence)                                       AS mean_confidence,
       avg(duration_ms)                                      AS mean_duration_ms,
       min(proposed_at)                                      AS first_at,
       max(proposed_at)                                      AS last_at
FROM fixes
GROUP BY agent_id, fix_strategy;

CREATE VIEW collaboration_statistics AS
SELECT type, leader,
       count(*)                                              AS total,
       count(CASE WHEN status = 'complete' THEN 1 END)       AS completed,
       count(CASE WHEN outcome = 'success' THEN 1 END)       AS successful,
       CASE WHEN count(CASE WHEN status = 'complete' THEN 1 END) > 0
            THEN 1.0 * count(CASE WHEN outcome = 'success' THEN 1 END) / count(CASE WHEN status = 'complete' THEN 1 END) END AS success_rate,
       avg(progress)                                         AS mean_progress,
       avg((ended_at - created_at) / 1000.0)                 AS mean_duration_ms
FROM collaborations
GROUP BY type, leader;

CREATE VIEW learning_domains AS
SELECT d.value                                               AS domain,
       count(*)                                              AS patterns,
       avg(l.confidence)                                     AS mean_confidence,
       count(DISTINCT l.discovered_by)                       AS discoverers,
       min(l.created_at)                                     AS first_at,
       max(l.created_at)                                     AS last_at
FROM learnings l, json_each(l.agent_domains) d
GROUP BY d.value;

CREATE VIEW vote_consensus AS
SELECT c.id                                                  AS collaboration_id,
       count(v.id)                                           AS votes,
       count(CASE WHEN v.vote = 'approve' THEN 1 END)        AS approve,
       count(CASE WHEN v.vote = 'reject' THEN 1 END)         AS reject,
       count(CASE WHEN v.vote = 'abstain' THEN 1 END)        AS abstain,
       coalesce(sum(CASE WHEN v.vote = 'approve' THEN v.expertise END), 0.0) AS approve_weight,
       coalesce(sum(CASE WHEN v.vote = 'reject' THEN v.expertise END), 0.0)  AS reject_weight,
       sum(CASE WHEN v.vote = 'approve' THEN v.expertise WHEN v.vote = 'reject' THEN 0.0 END)
           / nullif(sum(CASE WHEN v.vote <> 'abstain' THEN v.expertise END), 0.0) AS share,
       c.decision                                            AS decision
FROM collaborations c LEFT JOIN votes v ON v.collaboration_id = c.id AND v.superseded_at IS NULL
GROUP BY c.id, c.decision;

CREATE VIEW overall_statistics AS
SELECT (SELECT count(*) FROM fixes)                                                          AS fixes,
       (SELECT count(success) FROM fixes)                                                    AS fix_outcomes,
       (SELECT count(*) FROM fixes WHERE success)                                            AS fix_successes,
       (SELECT avg(confidence) FROM fixes)                                                   AS mean_confidence,
       (SELECT count(*) FROM agents)                                                         AS agents,
       (SELECT count(*) FROM learnings)                                                      AS learnings,
       (SELECT count(validated_at) FROM learnings)                                           AS learnings_validated,
       (SELECT count(*) FROM collaborations)                                                 AS collaborations,
       (SELECT count(*) FROM collaborations WHERE status IN ('planning', 'executing', 'testing')) AS collaborations_open,
       (SELECT count(*) FROM collaborations WHERE outcome = 'success')                       AS collaboration_successes,
       (SELECT count(*) FROM votes WHERE superseded_at IS NULL)                              AS votes;
