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
        foreach (var open in (Func<CancellationToken, Task<System.Data.Common.DbConnection>>[])[server.Room<Database>().OpenAsync, server.Room<Database>().OpenSharedAsync])
        {
            await using var connection = await open(Cancel);
            Assert.Equal("1.1", await connection.ExecuteScalarAsync<string>("SHOW random_page_cost"));
        }
    }
}
