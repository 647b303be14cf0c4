using Dapper;

namespace Witan.Server.Tests.Resilience;

/// <summary>kill -9 of PostgreSQL in the middle of writes: what was acknowledged is there, and Witan says 503 meanwhile and goes on by itself.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Resilience")]
public sealed class PostgresKillTests : IAsyncLifetime
{
    private const int Rounds = 20;
    private const int Writers = 8;
    private const int Readers = 3;

    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(2);

    private readonly WitanProcess _witan = new();
    private readonly Promises _promises = new();
    private readonly Watch _watch = new();
    private readonly Random _random = new(17);
    private OwnPostgres _postgres = null!;

    public async ValueTask InitializeAsync() => _postgres = await OwnPostgres.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        _witan.Dispose();
    }

    [Fact]
    public async Task Nothing_acknowledged_is_lost_when_PostgreSQL_is_killed_and_Witan_goes_on_by_itself()
    {
        using var node = await _witan.ServeAsync(_postgres.Database);
        await using var load = new Load(node.Url, _promises, _watch, Writers, Readers);
        var recoveries = new List<TimeSpan>();
        for (var round = 1; round <= Rounds; round++)
        {
            await load.AcknowledgesAsync(_random.Next(20, 200)); // and not after some time, so that the kill comes in the middle of writes
            await _postgres.KillAsync();
            await Task.Delay(_random.Next(0, 1500), TestContext.Current.CancellationToken);
            await _postgres.StartAgainAsync();
            recoveries.Add(await load.ServesAgainAsync());
        }
        await load.StopAsync();

        await using var database = _postgres.Connect();
        Assert.Empty(await _promises.BreachesAsync(database));
        await IsInMemoryAsync(node, database);
        var run = await node.EndBySignalAsync("TERM");
        _watch.HasNoComplaints(Failures(run));
        Assert.All(recoveries, recovery => Assert.InRange(recovery, TimeSpan.Zero, Recovery));
        Assert.InRange(_promises.Acknowledged, Rounds * 20, int.MaxValue);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{_promises.Acknowledged} acknowledgements kept through {Rounds} kills; {_watch}; served again after {recoveries.Average(r => r.TotalSeconds):0.00} s, at most {recoveries.Max().TotalSeconds:0.00} s");
    }

    /// <summary>The control: with a part of what was written taken away, the same check must find it missing.</summary>
    [Fact]
    public async Task A_PostgreSQL_that_lost_its_write_ahead_log_is_found_out()
    {
        using var node = await _witan.ServeAsync(_postgres.Database);
        await _postgres.ExecuteAsync("CHECKPOINT;"); // or the schema would be lost too
        await using (var load = new Load(node.Url, _promises, _watch, Writers, Readers))
        {
            await load.AcknowledgesAsync(200);
            await _postgres.KillAsync();
        }
        await _postgres.LoseWriteAheadLogAsync();
        await _postgres.StartAgainAsync();

        await using var database = _postgres.Connect();
        Assert.Contains(await _promises.BreachesAsync(database), breach => breach.StartsWith("lost: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("UPDATE agent_records SET outcomes = outcomes + 1 WHERE scope = 'overall' AND agent_id = 'author-0'", "track records that fixes do not bear out")]
    [InlineData("DELETE FROM outcomes WHERE seq = 3", "the log has gaps")]
    [InlineData("DELETE FROM votes WHERE id = (SELECT id FROM votes LIMIT 1)", "lost: the vote")]
    [InlineData("UPDATE learnings SET reinforcements = reinforcements + 100 WHERE pattern = (SELECT pattern FROM learnings LIMIT 1)", "doubled: a report")]
    [InlineData("INSERT INTO shadow_scores (fix_id, scorer, confidence) VALUES (gen_random_uuid(), 'nobody', 0.5)", "a child without its fix")]
    public async Task A_database_that_was_tampered_with_is_found_out(string sql, string breach)
    {
        using var node = await _witan.ServeAsync(_postgres.Database);
        await using (var load = new Load(node.Url, _promises, _watch, Writers, Readers))
            await load.AcknowledgesAsync(300);
        await using var database = _postgres.Connect();
        Assert.Empty(await _promises.BreachesAsync(database));

        Assert.Equal(1, await database.ExecuteAsync(sql));

        Assert.Contains(await _promises.BreachesAsync(database), found => found.StartsWith(breach, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ALTER SYSTEM SET fsync = off", "fsync off")]
    [InlineData("ALTER SYSTEM SET synchronous_commit = off", "synchronous_commit off")]
    [InlineData("ALTER DATABASE witan SET synchronous_commit = off", "synchronous_commit off")]
    [InlineData("ALTER ROLE postgres SET synchronous_commit = off", "synchronous_commit off")]
    public async Task A_database_that_does_not_keep_what_it_commits_is_not_served(string sql, string reason)
    {
        await _postgres.ExecuteAsync(sql);
        await _postgres.ExecuteAsync("SELECT pg_reload_conf()");

        var run = await _witan.RunAsync("serve", "--urls", "http://127.0.0.1:0", "--database", _postgres.Database);

        run.FailsWith("does not keep what it commits", reason);
    }

    // What the node remembers is what the database holds.
    private static async Task IsInMemoryAsync(ServingProcess node, Npgsql.NpgsqlConnection database)
    {
        using var http = Watch.ClientOf(node.Url);
        foreach (var agent in Author.Agents)
        {
            var (status, answer) = await new Watch().SendAsync(http, Load.Question(agent));
            Assert.Equal(200, status);
            Assert.Equal(await database.ExecuteScalarAsync<int>("SELECT count(*) FROM fixes WHERE agent_id = @agent AND success IS NOT NULL", new { agent }),
                answer.GetProperty("evidence").GetProperty("agentFixes").GetInt32());
        }
    }

    private static string Failures(Run run) => string.Join('\n', run.Out.Split('\n').Where(line => line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith("crit:", StringComparison.Ordinal)).Take(20));
}
