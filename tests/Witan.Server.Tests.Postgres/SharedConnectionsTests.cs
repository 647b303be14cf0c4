using Dapper;
using Witan.Server.Storage;

namespace Witan.Server.Tests;

/// <summary>Short questions share connections, whatever the connection string says of connections.</summary>
public sealed class SharedConnectionsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData(";Pooling=false")]
    [InlineData(";Minimum Pool Size=20;Maximum Pool Size=40;Keepalive=5")]
    [InlineData(";Host=127.0.0.1,127.0.0.1")]
    public async Task Questions_at_once_are_answered_and_planned_like_others(string more)
    {
        await using var first = await WitanServer.StartAsync();
        await using var server = await WitanServer.StartAsync(null, settings => settings with { Database = first.Database + more });
        var fix = await server.ProposeAsync(Some.Fix("asker"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => server.GetAsync(i % 2 == 0 ? "/auto-fixes?agentId=asker" : $"/auto-fixes/{fix.Id}")));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.All(answers, answer => Assert.Contains(fix.Id.ToString()!, answer.Text, StringComparison.Ordinal));
        await using var own = await server.Room<Database>().OpenAsync(Cancel);
        await using var shared = await server.Room<Database>().OpenSharedAsync(Cancel);
        Assert.Equal("1.1", await own.ExecuteScalarAsync<string>("SHOW random_page_cost"));
        Assert.Equal("1.1", await shared.ExecuteScalarAsync<string>("SHOW random_page_cost"));
        if (!more.Contains(',', StringComparison.Ordinal)) // several hosts share none
            Assert.Equal("3s", await shared.ExecuteScalarAsync<string>("SHOW statement_timeout"));
    }
}
