using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace Witan.Server.Tests;

/// <summary>A Redis of a test's own on a free port, without any file, which it may kill, stop and flush.</summary>
internal sealed class OwnRedis : IAsyncDisposable
{
    private readonly string _program = Programs.Find("redis-server");
    private readonly int _port = Programs.FreePort();
    private Process _process;

    private OwnRedis() => _process = Start();

    /// <summary>The setting of servers that use it.</summary>
    public string Setting => $"127.0.0.1:{_port}";

    public static async Task<OwnRedis> StartAsync()
    {
        var redis = new OwnRedis();
        await redis.AnswersAsync();
        return redis;
    }

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Starts again after it was killed, empty.</summary>
    public async Task RestartAsync()
    {
        _process.Dispose();
        _process = Start();
        await AnswersAsync();
    }

    /// <summary>It is there and answers nothing, until it is continued.</summary>
    public Task StopAsync() => SignalAsync("STOP");

    public Task ContinueAsync() => SignalAsync("CONT");

    /// <summary>Speaks with it as an administrator would.</summary>
    public async Task<T> AskAsync<T>(Func<IDatabase, Task<T>> ask)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{Setting},allowAdmin=true");
        return await ask(connection.GetDatabase());
    }

    public async Task FlushAsync() => await AskAsync(database => database.ExecuteAsync("FLUSHALL"));

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(_program, ["--port", _port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--logfile", "/dev/null"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        return Process.Start(start)!;
    }

    private async Task AnswersAsync()
    {
        for (var began = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                await using var connection = await ConnectionMultiplexer.ConnectAsync($"{Setting},connectRetry=1,connectTimeout=500");
                await connection.GetDatabase().PingAsync();
                return;
            }
            catch (RedisException) when (Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(20) && !_process.HasExited)
            {
                await Task.Delay(10); // not yet
            }
        }
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
