using System.Net;
using System.Net.Sockets;
using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Witan.Server.Tests.Verbs;

/// <summary>How <c>witan serve</c> ends when it is told to.</summary>
public sealed class EndTests : IDisposable
{
    private const int MostLooks = 100_000;

    private readonly WitanProcess _witan = new();
    private readonly HttpClient _http = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _http.Dispose();
        _witan.Dispose();
    }

    [Fact]
    public async Task A_signal_makes_it_unready_and_a_second_one_ends_it_at_once()
    {
        _witan.Write("witan.json", """{"drainSeconds":300}""");
        using var serving = await _witan.ServeAsync();
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(serving, "health/ready")).Status);

        await serving.SignalAsync("TERM");
        var ready = await GetAsync(serving, "health/ready");
        for (var looks = 0; ready.Status == HttpStatusCode.OK; looks++)
        {
            Assert.True(looks < MostLooks, "It is ready still.");
            ready = await GetAsync(serving, "health/ready");
        }
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.Status);
        Assert.Contains("\"stopping\"", ready.Body, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(serving, "api/agent-intelligence/auto-fixes")).Status);
        Assert.False(serving.HasEnded);

        (await serving.EndBySignalAsync("TERM")).Succeeds(); // in far less than what is set: the wait for it has a limit
    }

    [Fact]
    public async Task It_ends_by_itself_when_the_time_is_over()
    {
        _witan.Write("witan.json", """{"drainSeconds":1}""");
        using var serving = await _witan.ServeAsync();
        (await serving.EndBySignalAsync("TERM")).Succeeds();
    }

    [Fact]
    public async Task A_request_that_is_under_way_is_answered_and_what_it_wrote_is_kept()
    {
        using var serving = await _witan.ServeAsync();
        using var caller = new TcpClient();
        await caller.ConnectAsync(serving.Url.Host, serving.Url.Port, Cancel);
        var stream = caller.GetStream();
        var body = """{"agentId":"slow","fixStrategy":"code_patch","issue":"half said"}""";
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /api/agent-intelligence/auto-fixes HTTP/1.1\r\nHost: {serving.Url.Authority}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nExpect: 100-continue\r\n\r\n"), Cancel);
        var reader = new StreamReader(stream);
        Assert.Equal("HTTP/1.1 100 Continue", await reader.ReadLineAsync(Cancel)); // it has begun
        await stream.WriteAsync(Encoding.ASCII.GetBytes(body[..20]), Cancel);

        await serving.SignalAsync("TERM");
        for (var looks = 0; await IsListeningAsync(serving.Url); looks++)
            Assert.True(looks < MostLooks, "It takes connections still.");
        await stream.WriteAsync(Encoding.ASCII.GetBytes(body[20..]), Cancel);

        Assert.Contains("HTTP/1.1 201 Created", await reader.ReadToEndAsync(Cancel), StringComparison.Ordinal);
        (await serving.EndAsync()).Succeeds();
        Assert.Equal(1, await AskAsync<int>("SELECT count(*) FROM fixes WHERE issue = 'half said'"));
    }

    [Fact]
    public async Task When_keys_were_last_used_is_stored_at_the_end()
    {
        var key = (await _witan.RunAsync("keys", "create", "--name", "ci", "--scope", "read")).Out.Split((char[])[' ', '\n', '"'], StringSplitOptions.RemoveEmptyEntries).First(word => word.StartsWith("witan_", StringComparison.Ordinal));
        using var serving = await _witan.ServeAsync();
        _http.DefaultRequestHeaders.Authorization = new("Bearer", key);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(serving, "api/agent-intelligence/auto-fixes")).Status);
        (await serving.EndBySignalAsync("TERM")).Succeeds();
        Assert.Equal(1, await AskAsync<int>("SELECT count(*) FROM api_keys WHERE last_used_at IS NOT NULL"));
    }

    [Fact]
    public async Task A_time_that_is_too_long_is_refused()
    {
        _witan.Write("witan.json", """{"drainSeconds":301}""");
        (await _witan.RunAsync("serve")).FailsWith("drainSeconds: expected at most 300");
    }

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(ServingProcess serving, string path)
    {
        using var answer = await _http.GetAsync(new Uri(serving.Url, path), Cancel);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancel));
    }

    private static async Task<bool> IsListeningAsync(Uri url)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(url.Host, url.Port, Cancel);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private async Task<T?> AskAsync<T>(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={_witan.Database};Pooling=false");
        return await connection.ExecuteScalarAsync<T>(sql);
    }
}
