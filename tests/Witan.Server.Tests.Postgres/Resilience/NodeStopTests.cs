using System.Diagnostics;
using Witan.Server.Storage;

namespace Witan.Server.Tests.Resilience;

/// <summary>A node that stands still in the middle of a transaction, which it holds the others up with.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Resilience")]
public sealed class NodeStopTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestStandstill = TimeSpan.FromSeconds(7); // the database ends the transaction after 5

    private readonly TaskCompletionSource _goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private WitanServer _stopped = null!;
    private WitanServer _other = null!;

    public async ValueTask InitializeAsync()
    {
        _stopped = await WitanServer.StartAsync();
        _other = await WitanServer.StartAsync(change: settings => settings with { Database = _stopped.Database });
    }

    public async ValueTask DisposeAsync()
    {
        _goOn.TrySetResult();
        await _other.DisposeAsync();
        await _stopped.DisposeAsync();
    }

    [Fact]
    public async Task The_others_are_held_up_for_a_few_seconds_and_it_goes_on_when_it_wakes()
    {
        await _stopped.TeachAsync("agent", successes: 10);
        WriteOperation<int, int> standStill = async (session, inputs) =>
        {
            await session.RunAsync("UPDATE agents SET name = 'half done'");
            await session.QueryAsync<int>("SELECT 1"); // so that it is sent
            await _goOn.Task;
            return [.. inputs];
        };
        var since = Stopwatch.GetTimestamp();
        var standing = _stopped.Room<WriteQueue>().RunAsync(standStill, 0);
        var complaints = new List<string>();

        while (true)
        {
            var (answer, took) = await ProposeAsync(_other);
            if (took > Deadline || answer.Status is not (201 or 503) || (answer.Status == 503 && answer.Headers.RetryAfter is null))
                complaints.Add($"the other, {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s after the stop: {answer.Status} after {took.TotalSeconds:0.00} s {answer.Text}");
            if (answer.Status == 201 && !await HoldsTheLockAsync())
                break;
            Assert.True(Stopwatch.GetElapsedTime(since) < LongestStandstill * 2, "the other node does not go on");
        }
        var heldUp = Stopwatch.GetElapsedTime(since);
        _goOn.SetResult();

        var failure = await Record.ExceptionAsync(() => standing);
        if (failure is not StorageFault)
            complaints.Add($"the write that stood still failed with {failure?.GetType().Name ?? "nothing"}, which is a 500: {failure?.Message}");
        for (var i = 0; i < 3; i++)
        {
            var (answer, _) = await ProposeAsync(_stopped);
            if (answer.Status != 201)
                complaints.Add($"the node that woke, try {i + 1}: {answer.Status} {answer.Text}");
        }
        Assert.Equal(0, await _other.QueryAsync<long>("SELECT count(*) FROM agents WHERE name = 'half done'"));
        Assert.InRange(heldUp, TimeSpan.Zero, LongestStandstill);
        Assert.True(complaints.Count == 0, string.Join('\n', complaints));

        Task<bool> HoldsTheLockAsync() => _other.QueryAsync<bool>("SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'");
    }

    private static async Task<(Answer Answer, TimeSpan Took)> ProposeAsync(WitanServer node)
    {
        var began = Stopwatch.GetTimestamp();
        return (await node.PostAsync("/auto-fixes", Some.Fix("agent")), Stopwatch.GetElapsedTime(began));
    }
}
