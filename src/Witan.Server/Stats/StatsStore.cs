using Dapper;
using Witan.Client;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Stats;

/// <summary>The five summaries, read from the views of the database, and fixes over time.</summary>
internal sealed class StatsStore(Database database)
{
    public const char KeySeparator = '\u001f';

    public async Task<StatsSummary> SummaryAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        var row = await connection.QueryFirstAsync<SummaryRow>(new CommandDefinition(
            $"""
            SELECT fixes AS Fixes, fix_outcomes AS FixOutcomes, fix_successes AS FixSuccesses, mean_confidence AS MeanConfidence, agents AS Agents,
                   learnings AS Learnings, learnings_validated AS LearningsValidated, collaborations AS Collaborations,
                   collaborations_open AS CollaborationsOpen, collaboration_successes AS CollaborationSuccesses, votes AS Votes,
                   (SELECT max(At) FROM ({database.Dialect.SummaryAges}) ages WHERE Summary = 'overall_statistics') AS RefreshedAt
            FROM overall_statistics
            """, cancellationToken: cancel));
        return row.ToSummary();
    }

    public Task<IReadOnlyList<FixStatRow>> FixesAsync(QueryValues query, CancellationToken cancel) => PageAsync<FixStatRow>(
        """
        SELECT agent_id AS AgentId, fix_strategy AS FixStrategy, total AS Total, outcomes AS Outcomes, successful AS Successful,
               success_rate AS SuccessRate, mean_confidence AS MeanConfidence, mean_duration_ms AS MeanDurationMs, first_at AS First, last_at AS Last
        FROM fix_statistics WHERE (agent_id, fix_strategy) > (@first, @second) ORDER BY agent_id, fix_strategy
        """, query, cancel);

    public Task<IReadOnlyList<CollaborationStatRow>> CollaborationsAsync(QueryValues query, CancellationToken cancel) => PageAsync<CollaborationStatRow>(
        """
        SELECT type AS Type, leader AS Leader, total AS Total, completed AS Completed, successful AS Successful, success_rate AS SuccessRate,
               mean_progress AS MeanProgress, mean_duration_ms AS MeanDurationMs
        FROM collaboration_statistics WHERE (type, leader) > (@first, @second) ORDER BY type, leader
        """, query, cancel);

    public Task<IReadOnlyList<DomainStatRow>> DomainsAsync(QueryValues query, CancellationToken cancel) => PageAsync<DomainStatRow>(
        """
        SELECT domain AS Domain, patterns AS Patterns, mean_confidence AS MeanConfidence, discoverers AS Discoverers, first_at AS First, last_at AS Last
        FROM learning_domains WHERE domain > @first ORDER BY domain
        """, query, cancel);

    public Task<IReadOnlyList<ConsensusStatRow>> ConsensusAsync(QueryValues query, CancellationToken cancel) => PageAsync<ConsensusStatRow>(
        """
        SELECT collaboration_id AS CollaborationId, votes AS Votes, approve AS Approve, reject AS Reject, abstain AS Abstain,
               approve_weight AS ApproveWeight, reject_weight AS RejectWeight, share AS Share, decision AS Decision
        FROM vote_consensus WHERE collaboration_id > @firstId ORDER BY collaboration_id
        """, query, cancel);

    /// <summary>When a summary was last up to date; null before anything was in it.</summary>
    public async Task<DateTimeOffset?> RefreshedAtAsync(string summary, CancellationToken cancel) => (await database.SummaryAgesAsync(cancel)).GetValueOrDefault(summary);

    /// <summary>The last change of a fix; null before the first.</summary>
    public async Task<DateTimeOffset?> ChangedAtAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return await connection.QueryFirstOrDefaultAsync<DateTimeOffset?>(new CommandDefinition("SELECT at FROM changes WHERE kind = @Fixes", new { Change.Fixes }, cancellationToken: cancel));
    }

    public async Task<IReadOnlyList<BucketRow>> TimelineAsync(TimeSpan bucket, QueryValues query, int most, CancellationToken cancel)
    {
        var where = Asked(query);
        var start = database.Dialect.BucketStart("proposed_at", bucket);
        await using var connection = await database.OpenAsync(cancel);
        return [.. await connection.QueryAsync<BucketRow>(new CommandDefinition(
            $"""
            SELECT {start} AS Start, count(*) AS Fixes, count(success) AS Outcomes, count(CASE WHEN success THEN 1 END) AS Successes
            FROM fixes {where} GROUP BY {start} ORDER BY 1 LIMIT {most}
            """, where.Parameters, cancellationToken: cancel))];
    }

    public async Task<IReadOnlyList<DecisionRow>> DecisionsAsync(QueryValues query, CancellationToken cancel)
    {
        var where = Asked(query).And("decision IS NOT NULL");
        await using var connection = await database.OpenAsync(cancel);
        return [.. await connection.QueryAsync<DecisionRow>(new CommandDefinition(
            $"""
            SELECT decision AS Decision, count(*) AS Fixes, count(success) AS Outcomes, count(CASE WHEN success THEN 1 END) AS Successes,
                   avg(CASE WHEN success IS NOT NULL THEN confidence END) AS MeanConfidence
            FROM fixes {where} GROUP BY decision
            """, where.Parameters, cancellationToken: cancel))];
    }

    private static Where Asked(QueryValues query) => new Where().And("agent_id = @agentId", "agentId", query.Text("agentId"))
        .And("proposed_at >= @since", "since", query.Time("since")).And("proposed_at < @until", "until", query.Time("until"));

    private async Task<IReadOnlyList<T>> PageAsync<T>(string sql, QueryValues query, CancellationToken cancel)
    {
        var key = (query.After?.Key ?? "").Split(KeySeparator);
        await using var connection = await database.OpenAsync(cancel);
        return [.. await connection.QueryAsync<T>(new CommandDefinition($"{sql} LIMIT {query.Limit + 1}",
            new { first = key[0], second = key.Length > 1 ? key[1] : "", firstId = Guid.TryParse(key[0], out var id) ? id : Guid.Empty }, cancellationToken: cancel))];
    }
}
