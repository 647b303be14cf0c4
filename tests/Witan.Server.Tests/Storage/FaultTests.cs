using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;
using Witan.Server.Storage;
using Witan.Server.Tests.BadInput;

namespace Witan.Server.Tests.Storage;

/// <summary>A database that fails while Witan serves: writes say so at once, reads go on, and it recovers by itself.</summary>
[Collection(nameof(Alone))]
public sealed class FaultTests : IAsyncLifetime
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    private WitanServer _server = null!;

    // A clock that stands: the heartbeat does not touch the connection while a test spoils it.
    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync(new FakeTimeProvider(DateTimeOffset.UtcNow));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Every_commit_is_flushed_to_the_disk()
    {
        var settings = await OnTheWriterAsync(async session => (
            await session.ScalarAsync<string>("PRAGMA journal_mode"), await session.ScalarAsync<long>("PRAGMA synchronous"), await session.ScalarAsync<long>("PRAGMA foreign_keys")));
        Assert.Equal(("wal", 2L, 1L), settings);
    }

    [Fact]
    public async Task A_locked_database_is_503_within_3_seconds_and_recovers()
    {
        var id = await ProposeAsync();
        using (var locking = new SqliteConnection($"Data Source={_server.Database};Pooling=False"))
        {
            locking.Open();
            locking.Execute("BEGIN EXCLUSIVE");
            await IsUnavailableAsync("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch"}""", "locked");
            await IsUnavailableAsync($"auto-fixes/{id}/outcome", """{"success":true}""", "locked");
            await IsUnavailableAsync($"auto-fixes/{id}/status", """{"status":"applied","by":"me"}""", "locked");
            await IsUnavailableAsync("models/train", "{}", "locked");
            await IsReadableAsync(id);
        }
        await ProposeAsync();
        using var outcome = await PostAsync($"auto-fixes/{id}/outcome", """{"success":true}""");
        Assert.Equal(HttpStatusCode.OK, outcome.StatusCode);
    }

    [Fact]
    public async Task Many_writers_of_a_locked_database_are_each_answered_within_3_seconds()
    {
        using (var locking = new SqliteConnection($"Data Source={_server.Database};Pooling=False"))
        {
            locking.Open();
            locking.Execute("BEGIN EXCLUSIVE");
            await Task.WhenAll(Enumerable.Range(0, 64).Select(i => IsUnavailableAsync("auto-fixes", $$"""{"agentId":"a{{i}}","fixStrategy":"code_patch"}""", "locked")));
        }
        await ProposeAsync();
        Assert.Single((await _server.Client.ListFixesAsync(cancel: TestContext.Current.CancellationToken)).AutoFixes);
    }

    [Fact]
    public async Task A_database_that_became_read_only_is_503_and_recovers()
    {
        var id = await ProposeAsync();
        var writer = await OnTheWriterAsync(session => Task.FromResult(session.Connection));
        await writer.ExecuteAsync("PRAGMA query_only = ON");
        await IsUnavailableAsync("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch"}""", "read-only");
        await IsReadableAsync(id);
        await writer.ExecuteAsync("PRAGMA query_only = OFF");
        await ProposeAsync();
    }

    [Fact]
    public async Task A_full_disk_is_507_and_recovers()
    {
        var id = await ProposeAsync();
        // SQLite's own limit answers as a full disk does, and needs none.
        await OnTheWriterAsync(session => session.ScalarAsync<long>("PRAGMA max_page_count = 1"));
        var refused = 0;
        for (var i = 0; i < 50; i++)
        {
            using var response = await PostAsync("auto-fixes", $$"""{"agentId":"a","fixStrategy":"code_patch","error":"{{new string('x', 19_000)}}"}""");
            if (response.StatusCode == HttpStatusCode.Created)
                continue;
            await Refusals.ProblemAsync(response, 507, "storage_full");
            refused++;
        }
        Assert.InRange(refused, 45, 50); // the last page had some room
        await IsReadableAsync(id);

        await OnTheWriterAsync(session => session.ScalarAsync<long>("PRAGMA max_page_count = 1000000"));
        await ProposeAsync();
        Assert.Equal(52 - refused, (await _server.Client.ListFixesAsync(new() { Limit = 200 }, TestContext.Current.CancellationToken)).AutoFixes.Count);
    }

    [Fact]
    public async Task What_failed_left_no_trace_in_the_track_records()
    {
        using (var locking = new SqliteConnection($"Data Source={_server.Database};Pooling=False"))
        {
            locking.Open();
            locking.Execute("BEGIN EXCLUSIVE");
            await IsUnavailableAsync("auto-fixes", """{"agentId":"a","fixStrategy":"code_patch","outcome":{"success":true}}""", "locked");
        }
        using var asked = await PostAsync("confidence", """{"agentId":"a","fixStrategy":"code_patch"}""");
        var answer = JsonDocument.Parse(await asked.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
        Assert.Equal("none", answer.GetProperty("scorer").GetString());
        Assert.Contains(" 0 outcomes, ", await _server.StoredAsync(), StringComparison.Ordinal);
    }

    private async Task IsUnavailableAsync(string path, string body, string why)
    {
        var began = Stopwatch.GetTimestamp();
        using var response = await PostAsync(path, body);
        Assert.InRange(Stopwatch.GetElapsedTime(began), TimeSpan.Zero, Deadline);
        var problem = await Refusals.ProblemAsync(response, 503, "storage_unavailable");
        Assert.Contains(why, problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.NotNull(response.Headers.RetryAfter?.Delta);
    }

    private async Task IsReadableAsync(Guid id)
    {
        Assert.Equal(id, (await _server.Client.GetFixAsync(id, TestContext.Current.CancellationToken)).Id);
        using var ready = await _server.Http.GetAsync("health/ready", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
    }

    private Task<HttpResponseMessage> PostAsync(string path, string body) => _server.Http.SendAsync(Refusals.Post(path, body), TestContext.Current.CancellationToken);

    private async Task<Guid> ProposeAsync() =>
        (await _server.Client.ProposeAsync(new() { AgentId = "a", FixStrategy = "code_patch" }, TestContext.Current.CancellationToken)).Id!.Value;

    // What only the connection that writes can tell, or suffer.
    private Task<T> OnTheWriterAsync<T>(Func<WriteSession, Task<T>> work) =>
        _server.Room<WriteQueue>().RunAsync<int, T>(async (session, inputs) => [.. Enumerable.Repeat(await work(session), inputs.Count)], 0);
}
