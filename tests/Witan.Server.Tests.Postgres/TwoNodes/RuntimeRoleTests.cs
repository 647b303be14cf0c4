using System.Data.Common;
using Dapper;
using Npgsql;
using Witan.Client;
using Witan.Server.Storage;
using Witan.Server.Tests.Collaborations;
using Witan.Server.Tests.Models;

namespace Witan.Server.Tests.TwoNodes;

/// <summary>A server needs no right to change the schema, only to use it.</summary>
public sealed class RuntimeRoleTests : IAsyncLifetime
{
    private readonly string _role = $"witan_runtime_{Guid.NewGuid():N}";
    private string _owners = null!;

    private string Setting => new NpgsqlConnectionStringBuilder(_owners) { Username = _role }.ToString();

    public async ValueTask InitializeAsync() => _owners = await Engine.CreatePostgresAsync();

    public async ValueTask DisposeAsync()
    {
        await Engine.DropAsync(_owners);
        await using var connection = new NpgsqlConnection($"{Engine.Postgres};Pooling=false");
        await connection.ExecuteAsync($"DROP ROLE IF EXISTS {_role}");
    }

    [Fact]
    public async Task Without_DDL_a_server_does_everything()
    {
        await GrantAsync();
        await using var server = await WitanServer.StartAsync(change: settings => settings with { Database = Setting });

        var fix = await server.ProposeAsync(Some.Fix("agent", "issue"));
        Assert.Equal(200, (await server.SetStatusAsync(fix.Id, new { status = "applied", by = "ci" }, "key")).Status);
        Assert.Equal(200, (await server.ReportAsync(fix.Id, new { success = true, durationMs = 5 }, "end")).Status);
        Assert.Equal(200, (await server.ReportAsync(fix.Id, new { rolledBack = true })).Status);
        await server.TeachAsync(SimulatedFleet.Reports(1_000));
        await server.LearnAsync(Council.Lesson("pattern"));
        Assert.Equal(200, (await server.ApplyAsync("pattern", new { success = true })).Status);
        var begun = await server.BeginAsync(Council.On("lead", "agent-1", "agent-2") with { FixId = (await server.ProposeAsync(Some.Fix("proposer"))).Id });
        await server.CastAsync(begun.Id, "agent-1", "approve");
        await server.CastAsync(begun.Id, "agent-1", "reject");
        Assert.Equal(200, (await server.ChangeAsync(begun.Id, new { status = "executing", progress = 10 })).Status);
        await server.SweepAsync(DateTimeOffset.UtcNow.AddDays(2));
        var version = await server.TrainAsync();
        Assert.Equal(200, (await server.PostAsync($"/models/{version}/promote", null)).Status);
        Assert.Equal(version, (await server.ProposeAsync(SimulatedFleet.Hard)).Scorer);
        Assert.Equal(200, (await server.PostAsync("/experiments/ml-vs-heuristic", new { mode = "live", share = 0.5 })).Status);
        await server.ProposeAsync(SimulatedFleet.Easy);
        Assert.Equal(200, (await server.PostAsync("/stats/refresh", null)).Status);
        foreach (var list in new[] { "/auto-fixes", "/agents", "/learnings", "/collaborations", "/votes", "/models", "/models/trainings", "/experiments", "/stats", "/stats/fixes", "/stats/collaborations", "/stats/domains", "/stats/consensus", "/stats/timeline" })
            Assert.Equal((200, list), ((await server.GetAsync(list)).Status, list));
        Assert.Equal("ready", (await server.SendAsync(new(HttpMethod.Get, "/health/ready")))["status"].GetString());
        Assert.Equal(1_004L, (await server.GetAsync("/stats")).As<StatsSummary>().Fixes);
        Assert.True(await server.Room<Duties>().AreMineAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("UPDATE receipts SET body = '{}'", "receipts never change")]
    [InlineData("DELETE FROM receipts", "receipts never change")]
    [InlineData("INSERT INTO receipts SELECT fix_id, '', '{}' FROM receipts ON CONFLICT (fix_id) DO UPDATE SET body = '{}'", "receipts never change")]
    [InlineData("TRUNCATE receipts", "permission denied")]
    [InlineData("TRUNCATE fixes CASCADE", "permission denied")]
    [InlineData("ALTER TABLE receipts DISABLE TRIGGER ALL", "must be owner")]
    [InlineData("DROP TRIGGER receipts_never_change ON receipts", "must be owner")]
    [InlineData("DROP TABLE receipts", "must be owner")]
    [InlineData("CREATE OR REPLACE FUNCTION receipts_never_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'", "permission denied")]
    [InlineData("SET session_replication_role = replica", "permission denied")]
    [InlineData("SELECT refresh_summary('receipts')", "there is no summary receipts")]
    [InlineData("SELECT refresh_summary('fix_statistics; DROP TABLE receipts')", "there is no summary")]
    public async Task That_role_cannot_change_receipts_nor_the_schema(string sql, string refusal)
    {
        await GrantAsync();
        await using var server = await WitanServer.StartAsync(change: settings => settings with { Database = Setting });
        var id = (await server.ProposeAsync(Some.Fix("guards"))).Id;
        var receipt = (await server.GetAsync($"/auto-fixes/{id}"))["receipt"].GetRawText();

        await using var connection = new NpgsqlConnection($"{Setting};Pooling=false");
        var refused = await Assert.ThrowsAnyAsync<DbException>(() => connection.ExecuteAsync(sql));

        Assert.Contains(refusal, refused.Message, StringComparison.Ordinal);
        Assert.Equal(receipt, (await server.GetAsync($"/auto-fixes/{id}"))["receipt"].GetRawText());
    }

    [Theory]
    [InlineData("DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC")]
    [InlineData("DELETE FROM schemaversions WHERE scriptname LIKE '%0003%'; DROP MATERIALIZED VIEW fix_statistics, collaboration_statistics, learning_domains, vote_consensus, overall_statistics; DROP TABLE refreshes; DROP FUNCTION refresh_summary")]
    public async Task Where_the_schema_is_behind_it_says_that_the_owner_must_migrate(string sql)
    {
        await GrantAsync();
        await using (var owner = new NpgsqlConnection($"{_owners};Pooling=false"))
            await owner.ExecuteAsync(sql);

        await using var database = Database.Of(Setting);
        Assert.Contains("witan migrate", Assert.Throws<StorageFault>(database.Migrate).Message, StringComparison.Ordinal);

        using var witan = new WitanProcess();
        (await witan.RunAsync("serve", "--urls", "http://127.0.0.1:0", "--database", Setting)).FailsWith("witan migrate", "may not change the schema");
    }

    private async Task GrantAsync()
    {
        await using var owner = new NpgsqlConnection($"{_owners};Pooling=false");
        await owner.ExecuteAsync($"""
            CREATE ROLE {_role} LOGIN;
            REVOKE ALL ON DATABASE {new NpgsqlConnectionStringBuilder(_owners).Database} FROM PUBLIC;
            REVOKE ALL ON SCHEMA public FROM PUBLIC;
            REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;
            GRANT CONNECT, TEMPORARY ON DATABASE {new NpgsqlConnectionStringBuilder(_owners).Database} TO {_role};
            GRANT USAGE ON SCHEMA public TO {_role};
            GRANT EXECUTE ON FUNCTION refresh_summary(text) TO {_role};
            """);
        var relations = await owner.QueryAsync<(string Name, bool IsTable)>("SELECT relname::text, relkind = 'r' FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm')");
        foreach (var (name, isTable) in relations)
            await owner.ExecuteAsync($"GRANT {(isTable ? "SELECT, INSERT, UPDATE, DELETE" : "SELECT")} ON {name} TO {_role}");
    }
}
