using System.Diagnostics;
using Dapper;

namespace Witan.Server.Tests.Resilience;

/// <summary>PostgreSQL hangs: its connections stand and nothing answers. Witan says so in time, and goes on by itself.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Resilience")]
public sealed class PostgresStopTests : IAsyncLifetime
{
    private const int Rounds = 3;

    private static readonly TimeSpan Standstill = TimeSpan.FromSeconds(6);
    private static readonly TimeSpan Recovery = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(0.5);

    private readonly WitanProcess _witan = new();
    private readonly Promises _promises = new();
    private readonly Watch _watch = new();
    private readonly Random _random = new(23);
    private OwnPostgres _postgres = null!;

    public async ValueTask InitializeAsync() => _postgres = await OwnPostgres.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        _witan.Dispose();
    }

    [Fact]
    public async Task While_PostgreSQL_hangs_every_request_is_answered_in_time_and_after_it_Witan_goes_on_by_itself()
    {
        using var node = await _witan.ServeAsync(_postgres.Database);
        using var http = Watch.ClientOf(node.Url);
        await using var load = new Load(node.Url, _promises, _watch, writers: 8, readers: 3);
        var (recoveries, complaints) = (new List<TimeSpan>(), new List<string>());
        for (var round = 1; round <= Rounds; round++)
        {
            await load.AcknowledgesAsync(_random.Next(100, 300));
            await _postgres.StopAsync();
            complaints.AddRange(await SaysSoAsync(http));
            await _postgres.GoOnAsync();
            recoveries.Add(await load.ServesAgainAsync());
        }
        await load.AcknowledgesAsync(50);
        await load.StopAsync();

        await using var database = _postgres.Connect();
        Assert.Empty(await _promises.BreachesAsync(database));
        await node.EndBySignalAsync("TERM");
        _watch.HasNoComplaints(string.Join('\n', complaints));
        Assert.Empty(complaints);
        Assert.All(recoveries, recovery => Assert.InRange(recovery, TimeSpan.Zero, Recovery));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{_promises.Acknowledged} acknowledgements kept through {Rounds} standstills; {_watch}; served again after {string.Join(", ", recoveries.Select(r => $"{r.TotalSeconds:0.00} s"))}");
    }

    /// <summary>The one that comes at the worst moment: alone, on connections that stood idle, just when it begins to hang.</summary>
    [Theory]
    [InlineData("POST", "api/agent-intelligence/auto-fixes", """{"agentId":"a","fixStrategy":"code_patch"}""")]
    [InlineData("GET", "api/agent-intelligence/auto-fixes", null)]
    [InlineData("GET", "api/agent-intelligence/stats", null)]
    [InlineData("GET", "health/ready", null)]
    public async Task The_first_request_of_a_standstill_is_answered_in_time_too(string method, string path, string? body)
    {
        _witan.Write("witan.json", """{"cache":{"megabytes":0}}"""); // what is cached goes on
        using var node = await _witan.ServeAsync(_postgres.Database);
        using var http = Watch.ClientOf(node.Url);
        Assert.True((await AskAsync()).Status is 200 or 201);

        await _postgres.StopAsync();
        var (status, took) = await AskAsync();
        await _postgres.GoOnAsync();

        Assert.Equal(503, status);
        Assert.InRange(took, TimeSpan.Zero, Watch.Deadline);

        async Task<(int Status, TimeSpan Took)> AskAsync()
        {
            using var request = new HttpRequestMessage(new(method), path) { Content = body is null ? null : new StringContent(body, System.Text.Encoding.UTF8, "application/json") };
            var began = Stopwatch.GetTimestamp();
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            return ((int)response.StatusCode, Stopwatch.GetElapsedTime(began));
        }
    }

    // For as long as it stands: alive at once, and ready no more.
    private static async Task<IReadOnlyList<string>> SaysSoAsync(HttpClient http)
    {
        var began = Stopwatch.GetTimestamp();
        var both = await Task.WhenAll(
            AskAsync("health/live", TimeSpan.FromMilliseconds(20), Standstill, AtOnce, (status, _) => status == 200),
            AskAsync("health/ready", TimeSpan.FromMilliseconds(100), Standstill - Watch.Deadline, Watch.Deadline, (status, text) => status == 503 && text.Contains("\"status\":\"unavailable\"", StringComparison.Ordinal)));
        var left = Standstill - Stopwatch.GetElapsedTime(began);
        await Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        return [.. both.SelectMany(complaints => complaints)];

        async Task<List<string>> AskAsync(string path, TimeSpan every, TimeSpan until, TimeSpan deadline, Func<int, string, bool> isRight)
        {
            var complaints = new List<string>();
            while (Stopwatch.GetElapsedTime(began) < until)
            {
                var asked = Stopwatch.GetTimestamp();
                using var answer = await http.GetAsync(path);
                var (status, text, took) = ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), Stopwatch.GetElapsedTime(asked));
                if (took > deadline || !isRight(status, text))
                    complaints.Add($"{path}, asked {Stopwatch.GetElapsedTime(began, asked).TotalSeconds:0.00} s after the stop: {status} after {took.TotalSeconds:0.00} s {text}");
                await Task.Delay(every);
            }
            return complaints;
        }
    }
}
