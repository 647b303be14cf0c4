using System.Diagnostics;
using System.Globalization;
using StackExchange.Redis;

namespace Witan.Server.Tests;

/// <summary>A Redis of a test's own on a free port, without any file, which it may kill, stop and flush.</summary>
internal sealed class OwnRedis : IAsyncDisposable
{
    private readonly string _program = Programs.Find("redis-server");
    private readonly int _port = Ports.Free();
    private Process _process;

    private OwnRedis() => _process = Start();

    /// <summary>The setting of servers that use it.</summary>
    public string Setting => $"127.0.0.1:{_port}";

    public static async Task<OwnRedis> StartAsync()
    {
        while (true)
        {
            var redis = new OwnRedis();
            if (await redis.AnswersAsync())
                return redis;
            await redis.DisposeAsync(); // somebody took the port first
        }
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
        if (!await AnswersAsync())
            throw new InvalidOperationException($"Redis does not start again on {Setting}.");
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

    // Whether it is this one that answers.
    private async Task<bool> AnswersAsync()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync($"{Setting},abortConnect=false,allowAdmin=true,connectTimeout=200");
        while (!_process.HasExited)
        {
            try
            {
                return ((string)(await connection.GetDatabase().ExecuteAsync("INFO", "server"))!).Contains($"process_id:{_process.Id}\r", StringComparison.Ordinal);
            }
            catch (RedisException)
            {
                await Task.Delay(20);
            }
        }
        return false;
    }

    private async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
