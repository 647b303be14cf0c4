using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using StackExchange.Redis;
using Witan.Server.Platform.Redis;

namespace Witan.Server.Tests.Platform.Redis;

/// <summary>The connection itself: it waits for nobody, says once what changes, and comes back.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Resilience")]
public sealed class RedisLinkTests
{
    private static readonly TimeSpan Back = TimeSpan.FromSeconds(5);

    private readonly Said _log = new();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_Redis_that_does_not_answer_at_the_start_is_listened_to_once_it_does(bool isHung)
    {
        await using var redis = await OwnRedis.StartAsync();
        await (isHung ? redis.StopAsync() : redis.KillAsync());
        var time = Stopwatch.StartNew();
        await using var link = RedisLink.Connect("test", redis.Setting, _log);
        var heard = new TaskCompletionSource<byte[]>();
        link.Subscribe("channel", heard.SetResult);
        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        await UntilAsync(() => !link.IsUp);

        await (isHung ? redis.ContinueAsync() : redis.RestartAsync());
        time.Restart();
        await UntilAsync(() => link.IsUp);
        while (await link.CountListenersAsync("channel") != 1)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        Assert.InRange(time.Elapsed, TimeSpan.Zero, Back);
        await redis.AskAsync(database => database.PublishAsync(RedisChannel.Literal("channel"), "word"));
        Assert.Equal("word"u8.ToArray(), await heard.Task.WaitAsync(Back, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Many_calls_that_fail_at_once_are_told_of_once_and_so_is_the_return()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var link = await UpAsync(redis.Setting);
        for (var round = 1; round <= 3; round++)
        {
            await redis.StopAsync();
            await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => AskAsync(link))));
            Assert.False(link.IsUp);
            await redis.ContinueAsync();
            await UntilAsync(() => link.IsUp);
            Assert.Equal(round, _log.Count("Redis does not serve the test; it goes on without"));
            Assert.Equal(round, _log.Count("Redis serves the test again"));
        }
        Assert.Equal(6, _log.Lines.Count);
    }

    [Fact]
    public async Task A_call_has_its_budget_and_none_is_made_while_the_circuit_is_open()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var link = await UpAsync(redis.Setting);
        await redis.StopAsync();
        var slowest = TimeSpan.Zero;
        while (link.IsUp)
        {
            var time = Stopwatch.StartNew();
            Assert.Null(await AskAsync(link));
            slowest = time.Elapsed > slowest ? time.Elapsed : slowest;
        }
        Assert.InRange(slowest, TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(200)); // 25 ms, on a machine that has time
        var open = Stopwatch.StartNew();
        for (var call = 0; call < 10_000; call++)
            Assert.Null(await AskAsync(link));
        Assert.InRange(open.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
        await redis.ContinueAsync();
    }

    [Fact]
    public async Task A_Redis_that_is_too_slow_for_calls_stays_away_until_it_is_fast()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var wire = new Wire(redis.Setting);
        await using var link = await UpAsync(wire.Setting);
        wire.Delay = TimeSpan.FromMilliseconds(60);
        while (link.IsUp)
            Assert.Null(await AskAsync(link));
        for (var time = Stopwatch.StartNew(); time.Elapsed < Back; await Task.Delay(20, TestContext.Current.CancellationToken))
            Assert.Null(await AskAsync(link));
        Assert.Single(_log.Lines);
        wire.Delay = TimeSpan.Zero;
        await UntilAsync(() => link.IsUp);
        Assert.NotNull(await AskAsync(link));
    }

    [Fact]
    public async Task It_finds_out_that_Redis_is_away_when_nobody_asks()
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var link = await UpAsync(redis.Setting);
        await redis.KillAsync();
        await UntilAsync(() => !link.IsUp);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Closing_does_not_wait_for_a_Redis_that_is_not_there(bool isHung)
    {
        await using var redis = await OwnRedis.StartAsync();
        var link = await UpAsync(redis.Setting);
        await (isHung ? redis.StopAsync() : redis.KillAsync());
        var waiting = AskAsync(link);
        var time = Stopwatch.StartNew();
        await link.DisposeAsync();
        await link.DisposeAsync();
        Assert.InRange(time.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        Assert.Null(await waiting);
        Assert.Null(await AskAsync(link)); // nor does who comes late get an exception
    }

    /// <summary>The control: a client with its own defaults keeps who asks waiting for seconds, and then fails.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_with_its_defaults_waits_for_seconds(bool isHung)
    {
        await using var redis = await OwnRedis.StartAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.Setting);
        await connection.GetDatabase().PingAsync();
        await (isHung ? redis.StopAsync() : redis.KillAsync());
        await Task.Delay(200, TestContext.Current.CancellationToken);
        var time = Stopwatch.StartNew();
        var failure = await Record.ExceptionAsync(() => connection.GetDatabase().StringGetAsync("key"));
        Assert.True(failure is RedisException or TimeoutException, failure?.ToString());
        Assert.InRange(time.Elapsed, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(30));
        TestContext.Current.TestOutputHelper?.WriteLine($"{time.Elapsed.TotalSeconds:0.0} s");
    }

    [Theory]
    [InlineData("localhost:6379", null)]
    [InlineData("allowAdmin=true", "names no host")]
    [InlineData("", "cannot be read")]
    [InlineData("host:6379,noSuchOption=1", "cannot be read")]
    public void A_setting_that_cannot_be_used_is_objected_to(string setting, string? objection)
    {
        if (objection is null)
            Assert.Null(RedisLink.Objection(setting));
        else
            Assert.Contains(objection, RedisLink.Objection(setting), StringComparison.Ordinal);
    }

    private static Task<RedisResult?> AskAsync(RedisLink link) => link.TryAsync(database => database.ExecuteAsync("ECHO", "word"));

    private async Task<RedisLink> UpAsync(string setting)
    {
        var link = RedisLink.Connect("test", setting, _log);
        while (await AskAsync(link) is null) // the first call may be slow
            await Task.Delay(50, TestContext.Current.CancellationToken);
        _log.Lines.Clear();
        return link;
    }

    private static async Task UntilAsync(Func<bool> isTrue)
    {
        var time = Stopwatch.StartNew();
        while (!isTrue())
        {
            Assert.InRange(time.Elapsed, TimeSpan.Zero, Back);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    private sealed class Said : ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public int Count(string words) => Lines.Count(line => line.Contains(words, StringComparison.Ordinal));

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));
    }
}
