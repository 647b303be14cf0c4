using Witan.Server.Tests.Platform.Caching;
using Witan.Server.Tests.Resilience;

namespace Witan.Server.Tests.TwoNodes;

/// <summary>While the database is away what was answered before is answered on, and marked; it is never passed off as fresh.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Resilience")]
public sealed class StaleTests : IAsyncLifetime
{
    private const string Read = "/agents/ada";

    private OwnPostgres _postgres = null!;
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _postgres = await OwnPostgres.StartAsync();
        _server = await WitanServer.StartAsync(change: settings => settings with { Database = _postgres.Database });
        await _server.TeachAsync("ada", successes: 3);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _postgres.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_cached_read_goes_on_with_a_mark_and_another_is_refused(bool isKilled)
    {
        var before = await _server.GetAsync(Read);
        await (isKilled ? _postgres.KillAsync() : _postgres.StopAsync());
        await Nodes.UntilAsync(async () => (await _server.GetAsync(Read)).IsStale());

        await Task.Delay(TimeSpan.FromSeconds(2.5), TestContext.Current.CancellationToken); // longer than an answer is used while nobody tells of writes
        var (old, other, known) = (await _server.GetAsync(Read), await _server.GetAsync("/auto-fixes"), await _server.GetAsync(Read, before.ETag));

        Assert.Equal((200, before.Text, true), (old.Status, old.Text, old.IsStale()));
        Assert.InRange(old.Headers.Age!.Value, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(20));
        Assert.Equal((503, ""), (other.Status, other.CacheStatus()));
        Assert.NotNull(other.Headers.RetryAfter);
        Assert.Equal((304, true), (known.Status, known.IsStale()));
        Assert.Equal(503, (await _server.PostAsync("/auto-fixes", Some.Success("ada"))).Status);

        await (isKilled ? _postgres.StartAgainAsync() : _postgres.GoOnAsync());
        await Nodes.UntilAsync(async () => !(await _server.GetAsync(Read)).IsStale());
        await Nodes.UntilAsync(async () => (await _server.PostAsync("/auto-fixes", Some.Success("ada"))).Status == 201);
        var after = await _server.GetAsync(Read);
        Assert.Equal((false, null), (after.IsStale(), after.Headers.Age));
        Assert.InRange(after["overall"].GetProperty("n").GetInt32(), 4, 5); // of an attempt whose answer was lost the commit may be there
    }

    /// <summary>Before anybody has found out: the reads that do are answered with what is there.</summary>
    [Fact]
    public async Task Reads_whose_connection_breaks_are_answered_with_a_mark_too()
    {
        await _server.GetAsync(Read);
        var marked = 0;
        for (var round = 0; round < 12; round++)
        {
            await Nodes.UntilAsync(async () => (await _server.PostAsync("/auto-fixes", Some.Success("ada"))).Status == 201); // what is there is out of date now
            await Task.WhenAll(Enumerable.Range(1, 6).Select(limit => _server.GetAsync($"/agents?limit={limit}"))); // connections stand idle
            await using (var killer = _postgres.Connect())
                await Dapper.SqlMapper.ExecuteAsync(killer, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");

            var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _server.GetAsync(Read)));

            Assert.All(answers, answer => Assert.True(answer.Status == 200, answer.Text));
            marked += answers.Count(answer => answer.IsStale());
        }
        Assert.True(marked > 0);
    }

    [Fact]
    public async Task Those_who_wait_for_one_load_that_fails_do_not_each_wait_for_the_database_again()
    {
        await using var inTheWay = _postgres.Connect();
        await inTheWay.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await inTheWay.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await Dapper.SqlMapper.ExecuteAsync(inTheWay, "LOCK TABLE fixes IN ACCESS EXCLUSIVE MODE");
        var began = System.Diagnostics.Stopwatch.GetTimestamp();

        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(async i =>
        {
            await Task.Delay(20 * i);
            var answer = await _server.GetAsync("/auto-fixes");
            return (answer.Status, Took: System.Diagnostics.Stopwatch.GetElapsedTime(began));
        }));

        Assert.All(answers, answer => Assert.Equal(503, answer.Status));
        Assert.All(answers, answer => Assert.InRange(answer.Took, TimeSpan.Zero, TimeSpan.FromSeconds(4)));
    }
}
