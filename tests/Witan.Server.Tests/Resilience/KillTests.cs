namespace Witan.Server.Tests.Resilience;

/// <summary>kill -9 in the middle of writes: what was acknowledged is there, once.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Resilience")]
public sealed class KillTests : IDisposable
{
    private const int Rounds = 50;
    private const int Writers = 16;

    private readonly WitanProcess _witan = new();
    private readonly Ledger _ledger = new();
    private readonly Random _random = new(17);

    public void Dispose() => _witan.Dispose();

    [Fact]
    public async Task Nothing_acknowledged_is_lost_or_doubled_when_the_process_is_killed()
    {
        (await _witan.RunAsync("migrate")).Succeeds();
        var writers = Enumerable.Range(0, Writers).Select(number => new Writer(number, _ledger)).ToList();
        for (var round = 1; round <= Rounds; round++)
        {
            await WriteUntilKilledAsync(writers, afterStart: () => Assert.Empty(_ledger.Breaches(_witan.Database)));
        }

        using var last = await _witan.ServeAsync();
        using var http = new HttpClient { BaseAddress = last.Url };
        await Task.WhenAll(writers.Select(writer => writer.WriteAsync(http, () => { }, onlyUnanswered: true)));
        Assert.Empty(_ledger.Breaches(_witan.Database));
        Assert.InRange(_ledger.Acknowledged, Rounds * 20, int.MaxValue);
        TestContext.Current.TestOutputHelper?.WriteLine($"{_ledger.Acknowledged} acknowledgements kept through {Rounds} kills");
    }

    /// <summary>The control: with a part of what was written taken away, the same check must find it missing.</summary>
    [Fact]
    public async Task A_database_that_lost_its_write_ahead_log_is_found_out()
    {
        (await _witan.RunAsync("migrate")).Succeeds();
        await WriteUntilKilledAsync([.. Enumerable.Range(0, Writers).Select(number => new Writer(number, _ledger))], afterStart: () => { });
        File.Delete(_witan.Database + "-wal");

        using var again = await _witan.ServeAsync();
        Assert.Contains(_ledger.Breaches(_witan.Database), breach => breach.StartsWith("lost: ", StringComparison.Ordinal));
    }

    private async Task WriteUntilKilledAsync(IReadOnlyList<Writer> writers, Action afterStart)
    {
        using var serving = await _witan.ServeAsync();
        afterStart();
        using var http = new HttpClient { BaseAddress = serving.Url };
        // By acknowledgements and not by time, so that the kill comes in the middle of writes on any machine.
        var left = _random.Next(20, 200);
        await Task.WhenAll(writers.Select(writer => Task.Run(() => writer.WriteAsync(http, () =>
        {
            if (Interlocked.Decrement(ref left) == 0)
                serving.Kill();
        }))));
        await serving.EndAsync();
    }
}
