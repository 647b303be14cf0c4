using Dapper;
using Npgsql;
using Witan.Server.Storage;

namespace Witan.Server.Tests.TwoNodes;

/// <summary>Nodes that start together on an empty database.</summary>
public sealed class MigrationTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(6)]
    public async Task Each_migration_runs_once_however_many_nodes_migrate_at_once(int nodes)
    {
        var setting = await EmptyAsync();
        try
        {
            var ran = await Task.WhenAll(Enumerable.Range(0, nodes).Select(_ => Task.Run(async () =>
            {
                await using var database = Database.Of(setting);
                return database.Migrate();
            })));

            var all = ran.SelectMany(names => names).ToList();
            Assert.NotEmpty(all);
            Assert.Equal(all.Count, all.Distinct().Count());
            Assert.Single(ran, names => names.Count > 0);
            await using var connection = new NpgsqlConnection($"{setting};Pooling=false");
            Assert.Equal(all.Order(StringComparer.Ordinal), await connection.QueryAsync<string>($"""SELECT scriptname FROM {Migrations.Journal} ORDER BY scriptname COLLATE "C" """));
            await using var late = Database.Of(setting);
            Assert.Empty(late.Migrate());
        }
        finally
        {
            await Engine.DropAsync(setting);
        }
    }

    [Fact]
    public async Task Whole_nodes_start_together_and_serve()
    {
        var setting = await EmptyAsync();
        var nodes = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => WitanServer.StartAsync(change: settings => settings with { Database = setting })));

        var answers = await Task.WhenAll(nodes.Select(node => node.PostAsync("/auto-fixes", Some.Fix("early"))));

        Assert.All(answers, answer => Assert.Equal(201, answer.Status));
        foreach (var node in nodes)
            await node.DisposeAsync();
        await Engine.DropAsync(setting);
    }

    private static async Task<string> EmptyAsync()
    {
        var server = Engine.NeedPostgres();
        var name = $"witan_empty_{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection($"{server};Pooling=false");
        await connection.ExecuteAsync($"CREATE DATABASE {name}", commandTimeout: 60);
        return new NpgsqlConnectionStringBuilder(server) { Database = name }.ToString();
    }
}
