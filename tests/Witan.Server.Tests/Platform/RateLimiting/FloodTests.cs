using Microsoft.Extensions.Time.Testing;

namespace Witan.Server.Tests.Platform.RateLimiting;

/// <summary>Who goes on asking without waiting for its turn is kept waiting, and nobody else is.</summary>
public sealed class FloodTests
{
    private const string Path = Conversation.Prefix + "/agents";

    [Fact]
    public async Task After_twenty_refusals_on_a_connection_each_further_one_takes_a_tenth_of_a_second()
    {
        var clock = new Timers();
        await using var server = await Limited.StartAsync(clock: clock);
        var flooding = await server.KeyAsync("five");
        var other = await server.KeyAsync("fleet", flooding);
        for (var i = 0; i < 25; i++)
            Assert.Equal(i < 5 ? 200 : 429, (await server.AskAsync(Path, flooding)).Status);
        Assert.Equal(0, clock.Tenths);

        var late = server.AskAsync(Path, flooding);
        while (clock.Tenths == 0)
            await Task.Yield();
        Assert.Equal(200, (await server.AskAsync(Path, other)).Status);
        Assert.False(late.IsCompleted);
        clock.Advance(TimeSpan.FromMilliseconds(100));

        var answer = await late;
        Assert.Equal(429, answer.Status);
        Assert.Equal("12", answer.Header("Retry-After"));
    }

    /// <summary>A clock that counts who waits for a tenth of a second.</summary>
    private sealed class Timers() : FakeTimeProvider(OneServer.Start)
    {
        private int _tenths;

        public int Tenths => Volatile.Read(ref _tenths);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = base.CreateTimer(callback, state, dueTime, period);
            if (dueTime == TimeSpan.FromMilliseconds(100))
                Interlocked.Increment(ref _tenths);
            return timer;
        }
    }
}
