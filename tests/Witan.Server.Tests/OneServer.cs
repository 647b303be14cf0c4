using Dapper;
using Microsoft.Extensions.Time.Testing;
using Witan.Client;

namespace Witan.Server.Tests;

/// <summary>A server that the tests of a class share, each with agents of its own. Its clock stands until a test moves it.</summary>
public sealed class OneServer : IAsyncLifetime
{
    /// <summary>A moment to begin at.</summary>
    public static readonly DateTimeOffset Start = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    internal WitanServer Server { get; private set; } = null!;

    internal FakeTimeProvider Clock { get; } = new(Start);

    public async ValueTask InitializeAsync() => Server = await WitanServer.StartAsync(Clock);

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>Looks into, and spoils, the database of a server behind its back.</summary>
internal static class BehindItsBack
{
    public static async Task<int> ExecuteAsync(this WitanServer server, string sql, object? parameters = null)
    {
        await using var connection = Engine.Connect(server.Database);
        var rows = await connection.ExecuteAsync(sql, parameters);
        if (Engine.IsPostgres) // as another node would, which tells the others that it has written
            await connection.ExecuteAsync("INSERT INTO changes (kind, at) SELECT kind, now() FROM unnest(ARRAY['models', 'outcomes', 'learnings', 'experiments']) kind ON CONFLICT (kind) DO UPDATE SET version = changes.version + 1");
        return rows;
    }

    public static async Task<T?> QueryAsync<T>(this WitanServer server, string sql)
    {
        await using var connection = Engine.Connect(server.Database);
        return await connection.ExecuteScalarAsync<T>(sql);
    }
}

/// <summary>Fixes to begin a test with.</summary>
internal static class Some
{
    public static FixProposal Fix(string agent, string? issue = null, string strategy = "code_patch") =>
        new() { AgentId = agent, FixStrategy = strategy, Issue = issue };

    public static FixProposal Success(string agent, string? issue = null) => Fix(agent, issue) with { Outcome = new() { Success = true } };

    public static FixProposal Failure(string agent, string? issue = null) => Fix(agent, issue) with { Outcome = new() { Success = false } };
}
