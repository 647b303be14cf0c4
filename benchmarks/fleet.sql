-- A made-up fleet: the same rows for the same sizes, every time. Run by benchmarks/fleet on an empty, migrated PostgreSQL database.
-- Everything is loaded in one transaction without secondary indexes and without foreign key checks (the rows satisfy them).
\set ON_ERROR_STOP on
\pset tuples_only on
\pset format unaligned
SET client_min_messages = warning;
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
SET work_mem = '256MB';
SET jit = off;
SET timezone = 'UTC';

DO $$
BEGIN
    IF EXISTS (SELECT FROM fixes) OR EXISTS (SELECT FROM agents) OR EXISTS (SELECT FROM learnings) OR EXISTS (SELECT FROM collaborations) THEN
        RAISE EXCEPTION 'the database is not empty';
    END IF;
END
$$;

BEGIN;

DO $$
BEGIN
    PERFORM set_config('session_replication_role', 'replica', true);
EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'only a superuser may load without foreign key checks; this will take longer';
END
$$;

-- Sizes and the two years they spread over, in microseconds since 1970.
CREATE TEMP TABLE size AS
SELECT :fixes::bigint AS fixes, :learnings::bigint AS learnings, :collaborations::bigint AS collaborations, :votes::bigint AS votes, :outcomes::bigint AS outcomes,
       (extract(epoch FROM timestamptz '2024-11-01 00:00:00Z') * 1000000)::bigint AS first_us,
       (extract(epoch FROM timestamptz '2026-11-01 00:00:00Z') * 1000000)::bigint AS last_us;
SELECT first_us, last_us, last_us - first_us AS span_us FROM size \gset

-- Draws: the salt is the column, the number the row.
CREATE FUNCTION pg_temp.u(n bigint, salt integer) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
    SELECT (hashint8extended(n, salt) & 9007199254740991)::double precision / 9007199254740992
$$;
-- 1 to most; the k-th about as often as 1/k.
CREATE FUNCTION pg_temp.zipf(most integer, u double precision) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT floor(power(most + 1, u))::integer
$$;
CREATE FUNCTION pg_temp.at(us bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT timestamptz '1970-01-01 00:00:00Z' + us * interval '1 microsecond'
$$;
CREATE FUNCTION pg_temp.uuid7(us bigint, n bigint, salt integer) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
    SELECT (lpad(to_hex(us / 1000), 12, '0') || '7' || lpad(to_hex(hashint8extended(n, salt) & 4095), 3, '0')
        || to_hex((hashint8extended(n, salt + 1) & x'3fffffffffffffff'::bigint) | x'8000000000000000'::bigint))::uuid
$$;
CREATE FUNCTION pg_temp.agent(k integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN k = 0 THEN 'agent-rare' ELSE 'agent-' || lpad(k::text, 4, '0') END
$$;
CREATE FUNCTION pg_temp.word(k integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT (ARRAY['backend', 'frontend', 'testing', 'database', 'build', 'docs', 'security', 'network', 'parsing', 'caching',
        'logging', 'deployment', 'typing', 'queues', 'search', 'payments', 'billing', 'mobile', 'graphics', 'audio',
        'storage', 'scheduling', 'identity', 'localisation', 'charts', 'email', 'routing', 'migration', 'packaging', 'telemetry'])[k]
$$;
-- Row n of rows is the first, second, … (from 0) of so many spread evenly; null for the others.
CREATE FUNCTION pg_temp.spread(n bigint, rows bigint, many integer, phase integer) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN n % greatest(rows / many, 1) = phase % greatest(rows / many, 1) AND n / greatest(rows / many, 1) < many THEN n / greatest(rows / many, 1) END
$$;
-- When fix n was proposed and recorded, and so its id.
CREATE FUNCTION pg_temp.fix_us(n bigint, rows bigint, first bigint, span bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
    SELECT first + (span * ((n - pg_temp.u(n, 1)) / rows))::bigint
$$;
CREATE FUNCTION pg_temp.progress(what text) RETURNS text LANGUAGE sql AS $$
    SELECT format('%7s s  %s', to_char(extract(epoch FROM clock_timestamp() - now()), 'FM9990.0'), what)
$$;

-- Secondary indexes as they are now, to be made again in the end. Those of primary keys and constraints stay.
CREATE TEMP TABLE dropped AS
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
WHERE t.relkind = 'r' AND t.relnamespace = current_schema()::regnamespace
  AND t.relname IN ('fixes', 'outcomes', 'agents', 'agent_records', 'learnings', 'learning_uses', 'collaborations', 'votes')
  AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid);
SELECT format('DROP INDEX %s', name) FROM dropped ORDER BY name \gexec
SELECT pg_temp.progress(count(*) || ' secondary indexes dropped') FROM dropped;

INSERT INTO agents (id, name, kind, family, model, domains, layers, status, first_seen, last_seen)
SELECT pg_temp.agent(k), pg_temp.agent(k), 'agent', 'family-' || k % 7, 'model-' || k % 7 || '.' || k % 3, '{}', '{}', 'active', pg_temp.at(:first_us), pg_temp.at(:last_us)
FROM generate_series(0, 1000) k;

INSERT INTO fixes (id, external_id, agent_id, family, model, fix_strategy, issue, repository, domain, layers, error, files, lines_added, lines_deleted,
    paths, attributes, proposed_at, recorded_at, replay, status, decision, confidence, interval_low, interval_high, scorer,
    status_by, status_reason, status_at, success, duration_ms, error_message, completed_at, rolled_back_at)
SELECT pg_temp.uuid7(recorded_us, n, 100),
       CASE WHEN pg_temp.u(n, 20) < 0.3 THEN 'pr-' || n END,
       pg_temp.agent(agent), 'family-' || agent % 7, 'model-' || agent % 7 || '.' || agent % 3,
       strategy,
       CASE WHEN rare_repository IS NOT NULL THEN 'rare__repo-' || rare_repository / 3
            WHEN pg_temp.u(n, 21) < 0.95 THEN 'org-' || repository % 40 || '__repo-' || repository || '-' || issue END,
       CASE WHEN rare_repository IS NOT NULL THEN 'rare/repo'
            WHEN pg_temp.u(n, 21) < 0.95 THEN 'org-' || repository % 40 || '/repo-' || repository END,
       CASE WHEN pg_temp.u(n, 22) < 0.95 THEN pg_temp.word(pg_temp.zipf(8, pg_temp.u(n, 23))) END,
       CASE WHEN pg_temp.u(n, 24) < 0.3 THEN '{}' WHEN pg_temp.u(n, 24) < 0.7 THEN ARRAY[layer] ELSE ARRAY[layer, layer + 1] END,
       CASE WHEN pg_temp.u(n, 26) < 0.5 THEN (ARRAY[
            'TypeError: unsupported operand type(s) for &: ''Q'' and ''Exists'' in module ', 'AssertionError: expected status 200 but the answer was 500 in test case ',
            'KeyError: the setting DEFAULT_TIMEOUT is missing from section ', 'TimeoutError: no answer from the upstream service within 30 s in call ',
            'ImportError: cannot import name ''iterator'' from partially made module ', 'ValueError: too many values to unpack (expected 2) while reading block ',
            'IndexError: list index out of range while walking the tree at node ', 'LookupError: unknown encoding given by the header of response '])[1 + n % 8]
            || pg_temp.zipf(500, pg_temp.u(n, 27)) || ', line ' || 10 + n % 900 END,
       CASE WHEN pg_temp.u(n, 28) < 0.8 THEN pg_temp.zipf(20, pg_temp.u(n, 29)) END,
       CASE WHEN pg_temp.u(n, 28) < 0.8 THEN pg_temp.zipf(500, pg_temp.u(n, 30)) END,
       CASE WHEN pg_temp.u(n, 28) < 0.8 THEN pg_temp.zipf(300, pg_temp.u(n, 31)) - 1 END,
       CASE WHEN pg_temp.u(n, 32) < 0.25 THEN ARRAY['src/part_' || issue % 30 || '/file_' || issue % 400 || '.py']
            WHEN pg_temp.u(n, 32) < 0.5 THEN ARRAY['src/part_' || issue % 30 || '/file_' || issue % 400 || '.py', 'tests/part_' || issue % 30 || '/test_' || n % 400 || '.py'] END,
       CASE WHEN pg_temp.u(n, 33) < 0.5
            THEN ('{"hasTraceback": ' || CASE WHEN pg_temp.u(n, 34) < 0.4 THEN 'true' ELSE 'false' END || ', "problemChars": ' || pg_temp.zipf(8000, pg_temp.u(n, 35)) || '}')::jsonb END,
       pg_temp.at(proposed_us), pg_temp.at(recorded_us), false,
       status,
       CASE WHEN NOT reported THEN decision END,
       CASE WHEN NOT reported THEN confidence END,
       CASE WHEN NOT reported THEN greatest(confidence - 0.08 - 0.2 * pg_temp.u(n, 36), 0) END,
       CASE WHEN NOT reported THEN least(confidence + 0.08 + 0.2 * pg_temp.u(n, 37), 1) END,
       CASE WHEN NOT reported THEN 'track-record' END,
       CASE WHEN said THEN CASE WHEN status = 'expired' THEN 'vote' ELSE 'person-' || n % 20 END END,
       CASE WHEN said THEN CASE status WHEN 'expired' THEN 'the vote expired' WHEN 'rejected' THEN 'not what was asked for' END END,
       CASE WHEN said THEN pg_temp.at(said_us) END,
       success,
       CASE WHEN success IS NOT NULL AND pg_temp.u(n, 38) < 0.9 THEN (1000 * power(1000, pg_temp.u(n, 39)))::bigint END,
       CASE WHEN NOT success AND pg_temp.u(n, 40) < 0.3 THEN 'exit code ' || 1 + n % 3 || ' in step ' || 1 + n % 9 || ' of the build' END,
       CASE WHEN success IS NOT NULL THEN pg_temp.at(completed_us) END,
       CASE WHEN status = 'rolled_back' THEN pg_temp.at(rolled_us) END
FROM (
    SELECT *,
           CASE WHEN known THEN worked AND NOT reverted END AS success,
           NOT reported AND (NOT known AND status <> 'decided' OR known AND pg_temp.u(n, 18) < 0.3) AS said
    FROM (
        SELECT *,
               CASE WHEN known THEN CASE WHEN reverted THEN 'rolled_back' WHEN worked THEN 'succeeded' ELSE 'failed' END
                    WHEN decision = 'escalate' AND pg_temp.u(n, 17) < 0.012 AND said_us <= :last_us THEN 'expired'
                    WHEN pg_temp.u(n, 17) > 0.95 AND said_us <= :last_us THEN 'rejected'
                    WHEN pg_temp.u(n, 17) > 0.70 AND said_us <= :last_us THEN 'applied'
                    ELSE 'decided' END AS status
        FROM (
            SELECT *,
                   completed_us <= :last_us + 1000000 AND (reported OR pg_temp.u(n, 11) < 0.786) AS known,
                   worked AND NOT reported AND pg_temp.u(n, 13) < 0.015 AND rolled_us <= :last_us AS reverted,
                   CASE WHEN confidence >= 0.85 THEN 'auto_apply' WHEN confidence >= 0.60 THEN 'review' ELSE 'escalate' END AS decision,
                   recorded_us + ((completed_us - recorded_us) * 0.5)::bigint AS said_us
            FROM (
                SELECT *,
                       pg_temp.u(n, 12) < chance AS worked,
                       greatest(0.02, least(0.98, chance + 0.4 * (pg_temp.u(n, 16) - 0.5))) AS confidence,
                       completed_us + (3600000000 * power(200, pg_temp.u(n, 14)))::bigint AS rolled_us
                FROM (
                    SELECT *,
                           0.617 + 0.24 * cos(2.4 * agent) + CASE strategy WHEN 'dependency_fix' THEN 0.08 WHEN 'code_patch' THEN -0.03 WHEN 'performance' THEN -0.08 ELSE 0.03 END AS chance,
                           CASE WHEN reported THEN recorded_us ELSE recorded_us + (60000000 * power(4320, pg_temp.u(n, 15)))::bigint END AS completed_us
                    FROM (
                        SELECT n, proposed_us, issue, rare_repository,
                               proposed_us + (pg_temp.u(n, 2) * 999999)::bigint AS recorded_us,
                               CASE WHEN rare_agent IS NOT NULL THEN 0 ELSE pg_temp.zipf(1000, pg_temp.u(n, 3)) END AS agent,
                               CASE WHEN rare_strategy IS NOT NULL THEN 'rare_strategy'
                                    WHEN drawn < 0.45 THEN 'code_patch' WHEN drawn < 0.65 THEN 'dependency_fix' WHEN drawn < 0.80 THEN 'config_update'
                                    WHEN drawn < 0.90 THEN 'performance' WHEN drawn < 0.96 THEN 'type_annotation' ELSE 'accessibility' END AS strategy,
                               pg_temp.zipf(200, pg_temp.u(issue, 6)) AS repository,
                               1 + (n % 5)::integer AS layer,
                               pg_temp.u(n, 10) < 0.3 AS reported
                        FROM (
                            SELECT n,
                                   pg_temp.fix_us(n, :fixes, :first_us, :span_us) AS proposed_us,
                                   pg_temp.u(n, 4) AS drawn,
                                   1 + floor(greatest(:fixes / 10, 1) * power(pg_temp.u(n, 5), 2))::bigint AS issue,
                                   pg_temp.spread(n, :fixes, 60, 3) AS rare_agent,
                                   pg_temp.spread(n, :fixes, 60, 7) AS rare_strategy,
                                   pg_temp.spread(n, :fixes, 60, 11) AS rare_repository
                            FROM generate_series(1::bigint, :fixes) n
                            OFFSET 0) numbered
                        OFFSET 0) placed
                    OFFSET 0) chanced
                OFFSET 0) ended
            OFFSET 0) judged
        OFFSET 0) stated
    OFFSET 0) fix;
SELECT pg_temp.progress(to_char(:fixes, 'FM999,999,999') || ' fixes');

INSERT INTO agent_records (agent_id, scope, key, outcomes, successes, duration_ms, durations)
SELECT agent_id,
       CASE WHEN grouping(fix_strategy) = 0 THEN 'strategy' WHEN grouping(domain) = 0 THEN 'domain' ELSE 'overall' END,
       CASE WHEN grouping(fix_strategy) = 0 THEN fix_strategy WHEN grouping(domain) = 0 THEN domain ELSE '' END,
       count(*), count(*) FILTER (WHERE success), coalesce(sum(duration_ms), 0), count(duration_ms)
FROM fixes WHERE success IS NOT NULL
GROUP BY GROUPING SETS ((agent_id), (agent_id, fix_strategy), (agent_id, domain))
HAVING NOT (grouping(domain) = 0 AND domain IS NULL);

UPDATE agents a
SET domains = s.domains, layers = s.layers, first_seen = s.first_seen, last_seen = s.last_seen
FROM (SELECT agent_id, coalesce(array_agg(domain ORDER BY domain) FILTER (WHERE domain IS NOT NULL), '{}') AS domains,
             ARRAY[1, 2, 3, 4, 5, 6] AS layers, min(first_seen) AS first_seen, max(last_seen) AS last_seen
      FROM (SELECT agent_id, domain, min(proposed_at) AS first_seen, max(proposed_at) AS last_seen FROM fixes GROUP BY agent_id, domain) d
      GROUP BY agent_id) s
WHERE s.agent_id = a.id;
SELECT pg_temp.progress(to_char(count(*), 'FM999,999') || ' rows of agents'' records') FROM agent_records;

INSERT INTO outcomes (seq, fix_id, kind, success, occurred_at)
SELECT row_number() OVER (ORDER BY occurred_at, id, kind), id, kind, success, occurred_at
FROM (
    WITH latest AS (
        SELECT id, status, completed_at, rolled_back_at FROM fixes WHERE success IS NOT NULL ORDER BY completed_at DESC, id DESC LIMIT :outcomes)
    SELECT id, 'outcome' AS kind, status <> 'failed' AS success, completed_at AS occurred_at FROM latest
    UNION ALL
    SELECT id, 'rollback', false, rolled_back_at FROM latest WHERE status = 'rolled_back') entry
ORDER BY occurred_at, id, kind;
SELECT pg_temp.progress(to_char(count(*), 'FM999,999,999') || ' entries of the outcome log') FROM outcomes;

-- Two uses each, in fixes proposed after the learning was reported.
CREATE TEMP TABLE drawn_uses AS
SELECT DISTINCT ON (l, n) l, pg_temp.uuid7(recorded_us, n, 100) AS fix_id, recorded_us
FROM (SELECT l, n, proposed_us + (pg_temp.u(n, 2) * 999999)::bigint AS recorded_us
      FROM (SELECT l, n, pg_temp.fix_us(n, :fixes, :first_us, :span_us) AS proposed_us
            FROM (SELECT l, :fixes - floor(:fixes * (1 - l::double precision / :learnings) * pg_temp.u(l * 2 + use, 200))::bigint AS n
                  FROM generate_series(1::bigint, :learnings) l, generate_series(0, 1) use OFFSET 0) picked
            OFFSET 0) timed
      OFFSET 0) used;
CREATE TEMP TABLE uses AS
SELECT d.l, d.fix_id, f.success, d.recorded_us FROM drawn_uses d JOIN fixes f ON f.id = d.fix_id;

CREATE TEMP TABLE patterns AS
SELECT l, pg_temp.word(1 + (l % 29)::integer) || '-' || pg_temp.word(1 + (hashint8extended(l, 201) & 15)::integer) || '-' || l AS pattern FROM generate_series(1::bigint, :learnings) l;

INSERT INTO learnings (pattern, problem, solution, code_example, agent_domains, esa_layers, discovered_by, repository, claim, confidence, times_applied,
    successes, failures, reinforcements, validated_at, created_at, updated_at)
SELECT pattern,
       'Under load the ' || domain || ' part gives up before the ' || pattern || ' step has finished, and the caller sees an error',
       'Wait for the ' || domain || ' step to end, retry twice with a growing delay, and report what is still missing as ' || pattern,
       CASE WHEN pg_temp.u(l, 202) < 0.3 THEN 'retry(times: 2, delay: ' || l % 100 || ', step: "' || pattern || '")' END,
       CASE WHEN pg_temp.spread(l, :learnings, 20, 1) IS NOT NULL THEN ARRAY[domain, 'rare-domain']
            WHEN pg_temp.u(l, 204) < 0.4 THEN ARRAY[domain]
            WHEN pg_temp.u(l, 204) < 0.8 THEN ARRAY[domain, pg_temp.word(1 + (d + second) % 29)]
            ELSE ARRAY[domain, pg_temp.word(1 + (d + second) % 29), pg_temp.word(1 + (d + second + third) % 29)] END,
       CASE WHEN pg_temp.u(l, 207) < 0.5 THEN ARRAY[1 + (l % 6)::integer]
            ELSE ARRAY[1 + (l % 4)::integer, 2 + (l % 4)::integer + (hashint8extended(l, 208) & 1)::integer] END,
       CASE WHEN pg_temp.spread(l, :learnings, 30, 5) IS NOT NULL THEN 'agent-rare' ELSE pg_temp.agent(pg_temp.zipf(1000, pg_temp.u(l, 209))) END,
       CASE WHEN pg_temp.u(l, 210) < 0.5 THEN 'org-' || repository % 40 || '/repo-' || repository END,
       claim, (claim * 4 + reinforcements + successes) / (4 + reinforcements + successes + failures),
       applied, successes, failures, reinforcements,
       CASE WHEN successes + failures >= 3 AND successes >= 0.8 * (successes + failures) THEN pg_temp.at(updated_us) END,
       pg_temp.at(created_us), pg_temp.at(updated_us)
FROM (
    SELECT *, pg_temp.word(1 + d) AS domain, applied - failures - unknown AS successes, created_us + ((:last_us - created_us) * pg_temp.u(l, 211))::bigint AS updated_us
    FROM (
        SELECT p.l, p.pattern, coalesce(w.failures, 0) + floor(more * pg_temp.u(p.l, 212))::bigint AS failures, coalesce(w.unknown, 0) AS unknown,
               coalesce(w.uses, 0) + more AS applied,
               pg_temp.zipf(29, pg_temp.u(p.l, 203)) - 1 AS d, 1 + floor(14 * pg_temp.u(p.l, 205))::integer AS second, 1 + floor(14 * pg_temp.u(p.l, 206))::integer AS third,
               pg_temp.zipf(200, pg_temp.u(p.l, 213)) AS repository,
               pg_temp.u(p.l, 214) AS claim, floor(8 * power(pg_temp.u(p.l, 215), 4))::bigint AS reinforcements,
               :first_us + (:span_us * ((p.l - pg_temp.u(p.l, 216)) / :learnings))::bigint AS created_us
        FROM (SELECT *, floor(12 * power(pg_temp.u(l, 217), 3))::bigint AS more FROM patterns OFFSET 0) p
        LEFT JOIN (SELECT l, count(*) AS uses, count(*) FILTER (WHERE NOT success) AS failures, count(*) FILTER (WHERE success IS NULL) AS unknown FROM uses GROUP BY l) w USING (l)
        OFFSET 0) counted
    OFFSET 0) learning
ORDER BY l;

INSERT INTO learning_uses (pattern, fix_id, success, used_at)
SELECT p.pattern, u.fix_id, u.success, pg_temp.at(u.recorded_us) FROM uses u JOIN patterns p USING (l) ORDER BY u.recorded_us;
SELECT pg_temp.progress(to_char(:learnings, 'FM999,999,999') || ' learnings and their uses');

-- Six of ten collaborations were opened by an escalated fix.
CREATE TEMP TABLE escalated AS
SELECT row_number() OVER (ORDER BY recorded_at, id) AS place, id, substr(agent_id, 7)::integer AS agent, issue, (extract(epoch FROM recorded_at) * 1000000)::bigint AS recorded_us
FROM fixes WHERE decision = 'escalate' AND agent_id <> 'agent-rare';
SELECT count(*) AS escalated, greatest(:collaborations, 1) AS divisor, ceil(:votes * 0.95)::bigint AS current_votes FROM escalated \gset
SELECT greatest(ceil(:current_votes::double precision / :divisor), 6)::integer AS per \gset

CREATE TEMP TABLE opened AS
SELECT c, escalation IS NOT NULL AS escalation, rare, e.id AS fix_id, e.issue,
       coalesce(e.recorded_us, :first_us + (:span_us * ((c - pg_temp.u(c, 300)) / :divisor))::bigint) AS created_us,
       CASE WHEN rare % 2 = 0 THEN 0 ELSE coalesce(e.agent, pg_temp.zipf(1000, pg_temp.u(c, 301))) END AS leader,
       3 + floor(5 * pg_temp.u(c, 302))::integer AS size,
       CASE WHEN c > :collaborations - greatest(:collaborations / 250, 4) AND pg_temp.u(c, 303) < 0.5
            THEN (ARRAY['planning', 'planning', 'executing', 'testing'])[1 + (hashint8extended(c, 304) & 3)]
            WHEN pg_temp.u(c, 305) < 0.90 THEN 'complete' WHEN pg_temp.u(c, 305) < 0.945 THEN 'cancelled' ELSE 'expired' END AS status
FROM (SELECT c, pg_temp.spread(c, :collaborations, 40, 2) AS rare,
             CASE WHEN pg_temp.u(c, 306) < 0.6 AND pg_temp.spread(c, :collaborations, 40, 2) IS NULL THEN 1 + (c - 1) * :escalated / :divisor END AS escalation
      FROM generate_series(1::bigint, :collaborations) c OFFSET 0) numbered
LEFT JOIN escalated e ON e.place = escalation;
ANALYZE opened;

-- Who takes part in what, each once, the busy agents more often: first those that were invited, then those that joined.
CREATE TEMP TABLE members AS
SELECT c, place, CASE WHEN place = 1 AND rare % 2 = 1 THEN 0 ELSE agent END AS agent
FROM (SELECT c, rare, agent, row_number() OVER (PARTITION BY c ORDER BY min(draw)) AS place
      FROM (SELECT c, rare, leader, draw, pg_temp.zipf(1000, pg_temp.u(c * 4096 + draw, 307)) AS agent
            FROM opened, generate_series(1, 20 + 2 * :per) draw OFFSET 0) drawn
      WHERE agent <> leader
      GROUP BY c, rare, agent) placed
WHERE place <= :per;
CREATE INDEX ON members (c, place);
ANALYZE members;
SELECT pg_temp.progress('members of collaborations');

CREATE TEMP TABLE ballots AS
SELECT row_number() OVER () AS b, c, agent, voted_us, superseded_us,
       CASE WHEN drawn < 0.08 THEN 'abstain' WHEN drawn < 0.08 + 0.92 * (0.1 + 0.8 * pg_temp.u(c, 308)) THEN 'approve' ELSE 'reject' END AS vote,
       greatest(0.05, least(0.95, 0.45 + 0.24 * cos(2.4 * agent) + 0.1 * (pg_temp.u(seed, 309) - 0.5))) AS expertise,
       pg_temp.u(seed, 310) < 0.9 AS counts
FROM (
    SELECT o.c, m.agent, v.seed, pg_temp.u(v.seed, 311) AS drawn,
           o.created_us + (least(:last_us - o.created_us, 72000000000) * CASE WHEN v.old THEN v.place - 1 + 0.4 * pg_temp.u(v.seed, 312) ELSE v.place - 0.5 * pg_temp.u(v.place * 100000000 + o.c, 313) END / :per)::bigint AS voted_us,
           CASE WHEN v.old THEN o.created_us + (least(:last_us - o.created_us, 72000000000) * (v.place - 0.5 * pg_temp.u(v.place * 100000000 + o.c, 313)) / :per)::bigint END AS superseded_us
    FROM (SELECT 1 + (k - 1) % :divisor AS c, 1 + (k - 1) / :divisor AS place, false AS old, k AS seed FROM generate_series(1::bigint, :current_votes) k
          UNION ALL
          SELECT 1 + (k - 1) * :divisor / greatest(:votes - :current_votes, 1), 1 + k % 3, true, k + :current_votes FROM generate_series(1::bigint, :votes - :current_votes) k) v
    JOIN opened o ON o.c = v.c
    JOIN members m ON m.c = v.c AND m.place = v.place
    OFFSET 0) cast_vote;

INSERT INTO collaborations (id, type, leader, participants, goal, fix_id, issue, may_join, status, progress, outcome, quorum, deadline, decision, share, voters,
    approve_weight, reject_weight, decided_at, created_at, ended_at)
SELECT pg_temp.uuid7(created_us, c, 400),
       CASE WHEN escalation THEN 'fixing' WHEN pg_temp.u(c, 401) < 0.005 THEN 'building' WHEN pg_temp.u(c, 401) < 0.4 THEN 'planning' ELSE 'reviewing' END,
       pg_temp.agent(leader), participants,
       CASE WHEN escalation THEN 'Decide whether to apply the fix of ' || pg_temp.agent(leader) || coalesce(' for ' || issue, '') ELSE 'Review the retry logic of part ' || c % 500 END,
       fix_id, issue, escalation, status,
       CASE WHEN status = 'complete' THEN 100 ELSE 10 * (c % 9)::integer END,
       CASE WHEN status = 'complete' THEN CASE WHEN pg_temp.u(c, 402) < 0.75 THEN 'success' WHEN pg_temp.u(c, 402) < 0.997 THEN 'failure' ELSE 'partial' END END,
       2,
       pg_temp.at(CASE WHEN ended THEN created_us + 86400000000 ELSE greatest(created_us + 86400000000, :last_us) + (86400000000 * power(300, pg_temp.u(c, 403)))::bigint END),
       CASE WHEN NOT decided THEN NULL WHEN share >= 0.7 THEN 'approved' WHEN share <= 0.3 THEN 'rejected' ELSE 'split' END,
       CASE WHEN decided THEN share END, CASE WHEN decided THEN voters END, CASE WHEN decided THEN approve_weight END, CASE WHEN decided THEN reject_weight END,
       CASE WHEN decided THEN pg_temp.at(voted_us) END,
       pg_temp.at(created_us),
       CASE WHEN ended THEN pg_temp.at(CASE WHEN status = 'expired' THEN least(created_us + 86400000000, :last_us) ELSE greatest(voted_us, created_us + ((least(created_us + 86400000000, :last_us) - created_us) * pg_temp.u(c, 404))::bigint) END) END
FROM (
    SELECT o.*, p.participants, b.share, b.voters, b.approve_weight, b.reject_weight, b.voted_us,
           status NOT IN ('planning', 'executing', 'testing') AS ended,
           b.share IS NOT NULL AND (status = 'complete' OR status IN ('executing', 'testing')) AS decided
    FROM opened o
    JOIN (SELECT o.c, array_agg(pg_temp.agent(m.agent) ORDER BY m.place) AS invited,
                 ARRAY[pg_temp.agent(min(o.leader))] || array_agg(pg_temp.agent(m.agent) ORDER BY m.place) AS participants
          FROM opened o JOIN members m ON m.c = o.c AND m.place < o.size GROUP BY o.c) p ON p.c = o.c
    LEFT JOIN (SELECT c, coalesce(sum(expertise) FILTER (WHERE vote = 'approve'), 0) AS approve_weight, coalesce(sum(expertise) FILTER (WHERE vote = 'reject'), 0) AS reject_weight,
                      coalesce(sum(expertise) FILTER (WHERE vote = 'approve'), 0) / nullif(sum(expertise) FILTER (WHERE vote <> 'abstain'), 0) AS share,
                      count(*) FILTER (WHERE counts)::integer AS voters, max(voted_us) AS voted_us
               FROM ballots WHERE superseded_us IS NULL GROUP BY c) b ON b.c = o.c
    OFFSET 0) collaboration
ORDER BY created_us;
SELECT pg_temp.progress(to_char(:collaborations, 'FM999,999,999') || ' collaborations');

INSERT INTO votes (id, collaboration_id, voter_id, solution, vote, expertise, counts, reasoning, voted_at, superseded_at)
SELECT pg_temp.uuid7(b.voted_us, b.b, 500), pg_temp.uuid7(o.created_us, o.c, 400), pg_temp.agent(b.agent), 'the proposed patch', b.vote, b.expertise, b.counts,
       CASE WHEN pg_temp.u(b.b, 501) < 0.5 THEN 'covers the failing case and ' || b.b % 90 || ' others; nothing else depends on it' END,
       pg_temp.at(b.voted_us), CASE WHEN b.superseded_us IS NOT NULL THEN pg_temp.at(b.superseded_us) END
FROM ballots b JOIN opened o USING (c)
ORDER BY b.voted_us;
SELECT pg_temp.progress(to_char(count(*), 'FM999,999,999') || ' votes') FROM votes;

INSERT INTO changes (kind, at)
SELECT kind, clock_timestamp() FROM unnest(ARRAY['fixes', 'outcomes', 'learnings', 'collaborations', 'votes']) kind
ON CONFLICT (kind) DO UPDATE SET at = excluded.at, version = changes.version + 1;

SET CONSTRAINTS ALL IMMEDIATE;
SELECT definition FROM dropped ORDER BY name \gexec
SELECT pg_temp.progress(count(*) || ' secondary indexes made again') FROM dropped;

COMMIT;

VACUUM (ANALYZE) agents, fixes, agent_records, outcomes, learnings, learning_uses, collaborations, votes, changes;
\echo '           vacuumed and analysed'

DO $$
DECLARE
    name text;
    started timestamptz;
BEGIN
    FOREACH name IN ARRAY ARRAY['fix_statistics', 'collaboration_statistics', 'learning_domains', 'vote_consensus', 'overall_statistics'] LOOP
        started := clock_timestamp();
        PERFORM refresh_summary(name);
        INSERT INTO refreshes (summary, refreshed_at, duration_ms) VALUES (name, started, extract(epoch FROM clock_timestamp() - started) * 1000)
        ON CONFLICT (summary) DO UPDATE SET refreshed_at = excluded.refreshed_at, duration_ms = excluded.duration_ms;
    END LOOP;
END
$$;
VACUUM (ANALYZE) fix_statistics, collaboration_statistics, learning_domains, vote_consensus, overall_statistics, refreshes;
SELECT format('           %s refreshed in %s ms', summary, round(duration_ms)) FROM refreshes ORDER BY summary;
