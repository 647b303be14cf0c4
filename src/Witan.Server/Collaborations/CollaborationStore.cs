using System.Data.Common;
using Dapper;
using Witan.Collaborations;
using Witan.Server.Platform.Caching;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Collaborations;

/// <summary>The SQL of collaborations and votes.</summary>
internal sealed class CollaborationStore(Database database)
{
    private Dictionary<Guid, OpenVote>? _open;

    private const string Open = "status IN ('planning', 'executing', 'testing')";
    private const string CountOpen = $"SELECT count(*) FROM collaborations WHERE {Open} AND decision IS NULL";
    private const string FindOpen = $"SELECT issue AS Issue, id AS Id, deadline AS Deadline FROM collaborations WHERE issue = @issue AND {Open} AND decision IS NULL AND deadline > @now";
    private static readonly string SelectOne = $"SELECT {CollaborationRow.Columns} FROM collaborations WHERE id = @id";
    private static readonly string SelectVotes = $"SELECT {VoteRow.Columns} FROM votes WHERE collaboration_id = @id AND superseded_at IS NULL";

    public async Task<IReadOnlyList<CollaborationRow>> ListAsync(QueryValues query, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        await using var command = ListCommand(connection, query);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        return [.. reader.Parse<CollaborationRow>()];
    }

    /// <summary>The statement behind a page.</summary>
    internal DbCommand ListCommand(DbConnection connection, QueryValues query)
    {
        var where = new Where()
            .AndWord("type", query.Text("type"))
            .And("leader = @leader", "leader", query.Text("leader"))
            .AndWord("status", query.Text("status"))
            .AndWord("outcome", query.Text("outcome"))
            .And(database.Dialect.Contains("participants", "@participant"), "participant", query.Text("participant"))
            .And("(created_at, id) < (@afterTime, @afterId)", "afterTime", query.After?.Time)
            .With("afterId", query.After?.Id);
        return where.Command(connection, $"SELECT {CollaborationRow.Columns} FROM collaborations {where} ORDER BY created_at DESC, id DESC LIMIT {query.Limit + 1}");
    }

    public async Task<IReadOnlyList<VoteRow>> ListVotesAsync(QueryValues query, CancellationToken cancel)
    {
        var where = new Where()
            .And("collaboration_id = @collaborationId", "collaborationId", query.Id("collaborationId"))
            .And("voter_id = @voterId", "voterId", query.Text("voterId"))
            .AndWord("vote", query.Text("vote"))
            .And("(voted_at, id) < (@afterTime, @afterId)", "afterTime", query.After?.Time)
            .With("afterId", query.After?.Id);
        if (query.Boolean("history") != true)
            where.And("superseded_at IS NULL");
        await using var connection = await database.OpenAsync(cancel);
        return [.. await connection.QueryAsync<VoteRow>(new CommandDefinition(
            $"SELECT {VoteRow.Columns} FROM votes {where} ORDER BY voted_at DESC, id DESC LIMIT {query.Limit + 1}", where.Parameters, cancellationToken: cancel))];
    }

    public async Task<CollaborationRow?> FindAsync(Guid id, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return await connection.QueryFirstOrDefaultAsync<CollaborationRow>(new CommandDefinition(SelectOne, new { id }, cancellationToken: cancel));
    }

    public static Task<CollaborationRow?> FindAsync(WriteSession session, Guid id) => session.QueryFirstOrDefaultAsync<CollaborationRow>(SelectOne, new { id });

    public async Task<IReadOnlyList<VoteRow>> CurrentVotesAsync(Guid id, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return [.. await connection.QueryAsync<VoteRow>(new CommandDefinition(SelectVotes, new { id }, cancellationToken: cancel))];
    }

    public static async Task<IReadOnlyList<VoteRow>> CurrentVotesAsync(WriteSession session, Guid id) => [.. await session.QueryAsync<VoteRow>(SelectVotes, new { id })];

    /// <summary>The open vote on an issue, and how many votes are open in all. Only the writer opens and ends them, so what it remembers of them is what is stored.</summary>
    public async Task<(Guid? Id, int Open)> FindOpenAsync(WriteSession session, string? issue, DateTimeOffset now)
    {
        _open ??= (await session.QueryAsync<OpenVote>($"SELECT issue AS Issue, id AS Id, deadline AS Deadline FROM collaborations WHERE {Open} AND decision IS NULL")).ToDictionary(vote => vote.Id);
        var found = issue is null ? null : _open.Values.FirstOrDefault(vote => vote.Issue == issue && vote.Deadline > now);
        return (found?.Id, _open.Count);
    }

    /// <summary>Another process has changed collaborations: which votes are open is read anew.</summary>
    public Task ForgetAsync(WriteSession session)
    {
        _open = null;
        return Task.CompletedTask;
    }

    private void Remember(WriteSession session, CollaborationRow row)
    {
        if (_open is null)
            return;
        session.WhenUndone(() => _open = null);
        if (row.State.IsOpen() && row.Decision is null)
            _open[row.Id] = new() { Id = row.Id, Issue = row.Issue, Deadline = row.Deadline };
        else
            _open.Remove(row.Id);
    }

    /// <summary>The open vote on an issue, and how many are open in all.</summary>
    public async Task<(Guid? Id, long Open)> PeekAsync(string? issue, DateTimeOffset now, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        var open = issue is null ? null : await connection.QueryFirstOrDefaultAsync<OpenVote>(new CommandDefinition(FindOpen, new { issue, now }, cancellationToken: cancel));
        return (open?.Id, await connection.ExecuteScalarAsync<long>(new CommandDefinition(CountOpen, cancellationToken: cancel)));
    }

    public static async Task<IReadOnlyList<CollaborationRow>> PastDeadlineAsync(WriteSession session, DateTimeOffset now) =>
        [.. await session.QueryAsync<CollaborationRow>($"SELECT {CollaborationRow.Columns} FROM collaborations WHERE {Open} AND deadline <= @now", new { now })];

    public async Task InsertAsync(WriteSession session, CollaborationRow r)
    {
        Remember(session, r);
        Touch(session, r, r.CreatedAt);
        await session.RunAsync(
            """
            INSERT INTO collaborations (id, type, leader, participants, goal, fix_id, issue, may_join, status, progress, quorum, deadline, created_at)
            VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11, @12)
            """,
            r.Id, r.Type, r.Leader, r.Participants, r.Goal, r.FixId, r.Issue, r.MayJoin, r.Status, r.Progress, r.Quorum, r.Deadline, r.CreatedAt);
    }

    public async Task UpdateAsync(WriteSession session, CollaborationRow r, DateTimeOffset now)
    {
        Remember(session, r);
        Touch(session, r, now);
        await session.RunAsync(
            """
            UPDATE collaborations SET participants = @1, status = @2, progress = @3, outcome = @4, ended_at = @5, decision = @6, share = @7,
                voters = @8, approve_weight = @9, reject_weight = @10, decided_at = @11
            WHERE id = @0
            """,
            r.Id, r.Participants, r.Status, r.Progress, r.Outcome, r.EndedAt, r.Decision, r.Share, r.Voters, r.ApproveWeight, r.RejectWeight, r.DecidedAt);
    }

    private static void Touch(WriteSession session, CollaborationRow r, DateTimeOffset at)
    {
        session.Changed(Change.Collaborations, at);
        session.Touch(Tags.Collaborations, Tags.Collaboration(r.Id), Tags.CollaborationsOf(r.Leader));
    }

    /// <summary>Makes a vote the voter's current one; the one before is kept as history.</summary>
    public static async Task PutVoteAsync(WriteSession session, VoteRow v)
    {
        session.Changed(Change.Votes, v.VotedAt);
        session.Touch(Tags.Votes, Tags.VotesIn(v.CollaborationId), Tags.VotesOf(v.VoterId), Tags.Collaboration(v.CollaborationId));
        await session.RunAsync("UPDATE votes SET superseded_at = @2 WHERE collaboration_id = @0 AND voter_id = @1 AND superseded_at IS NULL", v.CollaborationId, v.VoterId, v.VotedAt);
        await session.RunAsync(
            "INSERT INTO votes (id, collaboration_id, voter_id, solution, vote, expertise, counts, reasoning, voted_at) VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8)",
            v.Id, v.CollaborationId, v.VoterId, v.Solution, v.Vote, v.Expertise, v.Counts, v.Reasoning, v.VotedAt);
    }

    private sealed record OpenVote
    {
        public string? Issue { get; init; }
        public Guid Id { get; init; }
        public DateTimeOffset Deadline { get; init; }
    }
}
