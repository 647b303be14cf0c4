using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Http;
using Witan.Client;
using Witan.Server.Collaborations;
using Witan.Server.Fixes;
using Witan.Server.Learnings;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Tests;

/// <summary>What a page costs is in proportion to the page, however much there is: for eight shapes of question, by the buffers that PostgreSQL reads for the product's own statement.</summary>
public sealed class QueryShapeTests(QueryShapeTests.Fleet fleet) : IClassFixture<QueryShapeTests.Fleet>
{
    // A row costs the buffer it lies in and its share of the index; a list may pass over some rows on its way.
    private const int BuffersPerRow = 4;
    private const int BuffersOfIndex = 20;

    public static TheoryData<string, string> Shapes => new()
    {
        { "newest", "auto-fixes?" },
        { "by agent", "auto-fixes?agentId=agent-rare" },
        { "by agent and success", "auto-fixes?agentId=agent-1&success=true" },
        { "by strategy", "auto-fixes?fixStrategy=rare_strategy" },
        { "by issue", "auto-fixes?issue=issue-77" },
        { "in a window of time", "auto-fixes?since=2026-06-01T00:00:00Z&until=2026-06-02T00:00:00Z" },
        { "learnings of a domain", "learnings?domain=rare" },
        { "collaborations in a state", "collaborations?status=expired" },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task A_page_reads_buffers_in_proportion_to_it(string shape, string question)
    {
        Assert.NotEmpty(shape);
        foreach (var limit in new[] { 10, 50, 200 })
        {
            var (rows, buffers) = await fleet.ExplainAsync(question, limit);
            Assert.InRange(rows, 1, limit + 1);
            Assert.True(buffers <= BuffersOfIndex + (BuffersPerRow * rows), $"{shape}: {buffers} buffers for {rows} rows");
        }
    }

    [Fact]
    public async Task The_measure_would_notice_a_missing_index()
    {
        var (rows, buffers) = await fleet.ExplainAsync("auto-fixes?agentId=agent-rare", 50, without: "fixes_by_agent, fixes_by_agent_and_success, fixes_external_id");
        Assert.True(buffers > BuffersOfIndex + (BuffersPerRow * rows), $"{buffers} buffers for {rows} rows");
    }

    [Fact]
    public async Task A_deep_page_costs_what_the_first_does()
    {
        var (_, first) = await fleet.ExplainAsync("auto-fixes?", 50);
        var (_, deep) = await fleet.ExplainAsync("auto-fixes?until=2025-01-01T00:00:00Z", 50);
        Assert.InRange(deep, 0, first + BuffersOfIndex);
    }

    /// <summary>100,000 fixes with a rare one of everything, put in behind the server's back.</summary>
    public sealed class Fleet : IAsyncLifetime
    {
        private const string Fill = """
            INSERT INTO agents (id, name, kind, domains, layers, status, first_seen, last_seen)
                SELECT name, name, 'agent', '{}', '{}', 'active', now(), now() FROM (SELECT 'agent-' || n AS name FROM generate_series(0, 99) n UNION ALL SELECT 'agent-rare') names;
            INSERT INTO fixes (id, agent_id, fix_strategy, issue, repository, domain, layers, proposed_at, recorded_at, replay, status, success, confidence, completed_at)
                SELECT gen_random_uuid(), CASE WHEN n % 2000 = 0 THEN 'agent-rare' ELSE 'agent-' || n % 100 END,
                    CASE WHEN n % 2500 = 1 THEN 'rare_strategy' ELSE 'code_patch' END, 'issue-' || n % 1000, 'org/repo-' || n % 50, 'backend', '{1}',
                    timestamptz '2026-11-01' - n * interval '5 minutes', now(), false, 'failed', n % 3001 = 1, 0.5, now() FROM generate_series(1, 100000) n;
            INSERT INTO learnings (pattern, problem, solution, agent_domains, esa_layers, discovered_by, claim, confidence, times_applied, successes, failures, reinforcements, created_at, updated_at)
                SELECT 'pattern-' || n, 'p', 's', CASE WHEN n % 1000 = 0 THEN '{rare}' ELSE '{backend,web}' END::text[], '{1}', 'agent-1', 0.5, 0.5, 0, 0, 0, 0, now() - n * interval '1 minute', now()
                FROM generate_series(1, 20000) n;
            INSERT INTO collaborations (id, type, leader, participants, goal, may_join, status, progress, quorum, deadline, created_at)
                SELECT gen_random_uuid(), 'fixing', 'agent-1', '{agent-1,agent-2}', 'g', false, CASE WHEN n % 1000 = 0 THEN 'expired' ELSE 'complete' END, 100, 3, now(), now() - n * interval '1 minute'
                FROM generate_series(1, 20000) n;
            ANALYZE;
            """;

        private WitanServer _server = null!;

        public async ValueTask InitializeAsync()
        {
            _server = await WitanServer.StartAsync();
            await using var connection = Engine.Connect(_server.Database);
            await connection.ExecuteAsync(Fill, commandTimeout: 60);
            await connection.ExecuteAsync("VACUUM", commandTimeout: 60); // so that indexes can tell which rows are visible
        }

        public ValueTask DisposeAsync() => _server.DisposeAsync();

        /// <summary>The rows and buffers of the statement behind a list, run for real; without some indexes if wanted.</summary>
        internal async Task<(int Rows, int Buffers)> ExplainAsync(string question, int limit, string? without = null)
        {
            await using var connection = await _server.Room<Database>().OpenAsync(TestContext.Current.CancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
            if (without is not null)
                await connection.ExecuteAsync($"DROP INDEX {without}");
            await using var command = CommandOf(connection, question, limit);
            command.CommandText = $"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {command.CommandText}";
            var plan = JsonElement.Parse((string)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!)[0].GetProperty("Plan");
            return ((int)plan.GetProperty("Actual Rows").GetDouble(), plan.GetProperty("Shared Hit Blocks").GetInt32() + plan.GetProperty("Shared Read Blocks").GetInt32());
        }

        private DbCommand CommandOf(DbConnection connection, string question, int limit)
        {
            var (list, filters) = (question.Split('?')[0], question.Split('?')[1]);
            var request = new DefaultHttpContext().Request;
            request.Path = $"{Conversation.Prefix}/{list}";
            request.QueryString = new(string.Create(CultureInfo.InvariantCulture, $"?limit={limit}{(filters.Length == 0 ? "" : "&")}{filters}"));
            return list switch
            {
                "auto-fixes" => _server.Room<FixStore>().ListCommand(connection, QueryValues.Read(request, FixEndpoints.List)),
                "learnings" => _server.Room<LearningStore>().ListCommand(connection, QueryValues.Read(request, LearningEndpoints.List)),
                _ => _server.Room<CollaborationStore>().ListCommand(connection, QueryValues.Read(request, CollaborationEndpoints.List)),
            };
        }
    }
}
