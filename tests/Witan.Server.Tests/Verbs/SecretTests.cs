using System.Net.Http.Headers;
using System.Text;
using Dapper;

namespace Witan.Server.Tests.Verbs;

/// <summary>Whatever fails, no secret gets into a log line, a metric, an answer or an export.</summary>
public sealed class SecretTests
{
    private const string Pepper = "canary-pepper-0123456789abcdef0123456789";
    private const string Password = "canary-password-1";

    private readonly List<string> _canaries = [Pepper, Password, "canary-redis", "canary-basic", "canary-key", "canary-cookie"];
    private readonly StringBuilder _answers = new();

    [Fact]
    public async Task Requests_that_fail_in_every_way_tell_no_secret()
    {
        using var witan = new WitanProcess();
        await using var collector = await Collector.StartAsync();
        var environment = new Dictionary<string, string>
        {
            ["WITAN_KEYS__PEPPER"] = Pepper, ["WITAN_OTLP"] = collector.Url, ["WITAN_REDIS"] = $"127.0.0.1:{Ports.Free()},password=canary-redis",
        };
        var key = await MakeKeyAsync(witan, environment, witan.Database);
        using var serving = await witan.ListenAsync(["serve", "--urls", "http://127.0.0.1:0"], environment);
        using var http = new HttpClient { BaseAddress = serving.Url };

        var seen = await ProvokeAsync(http, key);
        await using (var connection = Engine.Connect(witan.Database))
            await connection.ExecuteAsync("ALTER TABLE models RENAME TO lost");
        seen.Add(await AskAsync(http, HttpMethod.Get, "/api/agent-intelligence/models", key));
        seen.Add(await AskAsync(http, HttpMethod.Get, "/health/ready", key));
        seen.Add(await AskAsync(http, HttpMethod.Get, "/metrics", key));
        var run = await serving.EndBySignalAsync("TERM");

        Assert.Equal([200, 400, 401, 403, 404, 405, 413, 415, 431, 500, 503], seen.Distinct().Order());
        Assert.Contains("no such table", run.Error, StringComparison.Ordinal); // what is searched holds what went wrong
        Assert.DoesNotContain("warn:", serving.Said + run.Out, StringComparison.Ordinal);
        Assert.Contains("http_requests_total", collector.Received, StringComparison.Ordinal);
        Assert.Contains("TraceService/Export", collector.Received, StringComparison.Ordinal);
        HoldsNone(run.Out + run.Error + serving.Said, _answers.ToString(), collector.Received);
    }

    [Fact]
    public async Task A_database_that_goes_away_tells_no_password()
    {
        Engine.NeedPostgres();
        using var witan = new WitanProcess();
        var database = await Engine.CreatePostgresAsync();
        var setting = $"Password={Password};{database}";
        var environment = new Dictionary<string, string> { ["WITAN_KEYS__PEPPER"] = Pepper, ["WITAN_DATABASE"] = setting };

        var open = await witan.RunAsync(["serve", "--urls", "http://0.0.0.0:0"], environment);
        open.FailsWith("witan keys create");
        var key = await MakeKeyAsync(witan, environment, null);
        using var serving = await witan.ListenAsync(["serve", "--urls", "http://127.0.0.1:0"], environment);
        using var http = new HttpClient { BaseAddress = serving.Url };
        await ProvokeAsync(http, key);
        await Engine.DropAsync(database);
        while (await AskAsync(http, HttpMethod.Get, "/health/ready", key) != 503)
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
        Assert.Equal(503, await AskAsync(http, HttpMethod.Post, "/api/agent-intelligence/auto-fixes", key, """{"agentId":"a","fixStrategy":"code_patch"}"""));
        await AskAsync(http, HttpMethod.Get, "/metrics", key);
        var run = await serving.EndBySignalAsync("TERM");

        HoldsNone(open.Out + open.Error + run.Out + run.Error + serving.Said, _answers.ToString());
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1;Database=d;Username=u;Password=canary-password-1")]
    [InlineData("Password=canary-password-1;Host=127.0.0.1;Port=1;Database=d")]
    [InlineData("Password=canary-password-1;Host=127.0.0.1")]
    [InlineData("Password=canary-password-1;Hots=127.0.0.1;Database=d")]
    [InlineData("Host=127.0.0.1;Database=d;Port=x;Password=canary-password-1")]
    [InlineData("Host=127.0.0.1;Database=d;Password='canary-password-1")]
    public async Task A_connection_string_that_does_not_work_tells_no_password(string database)
    {
        using var witan = new WitanProcess();
        foreach (var verb in new[] { "serve", "migrate" })
        {
            var run = await witan.RunAsync([verb, "--database", database], new() { ["WITAN_KEYS__PEPPER"] = Pepper });
            Assert.Equal(1, run.ExitCode);
            HoldsNone(run.Out + run.Error);
        }
    }

    private async Task<string> MakeKeyAsync(WitanProcess witan, Dictionary<string, string> environment, string? database)
    {
        var run = await witan.RunAsync(["keys", "create", "--name", "me", "--scope", "read", "report", .. database is null ? Array.Empty<string>() : ["--database", database]], environment);
        run.Succeeds();
        var key = run.Out.Split('\n')[0];
        _canaries.AddRange([key, key.Split('_')[2][..24]]);
        return key;
    }

    // Each answer with the status that it had.
    private async Task<List<int>> ProvokeAsync(HttpClient http, string key)
    {
        const string fixes = "/api/agent-intelligence/auto-fixes";
        return
        [
            await AskAsync(http, HttpMethod.Get, "/api/agent-intelligence/agents", key),
            await AskAsync(http, HttpMethod.Post, fixes, key, "{}"),
            await AskAsync(http, HttpMethod.Get, fixes, null),
            await AskAsync(http, HttpMethod.Get, fixes, key[..^1] + "x"),
            await AskAsync(http, HttpMethod.Get, "/api/keys", key),
            await AskAsync(http, HttpMethod.Get, $"{fixes}/{Guid.Empty}", key),
            await AskAsync(http, HttpMethod.Delete, fixes, key),
            await AskAsync(http, HttpMethod.Post, fixes, key, new string(' ', (1 << 20) + 1)),
            await AskAsync(http, HttpMethod.Post, fixes, key, "{}", "text/plain"),
            await AskAsync(http, HttpMethod.Get, fixes, key, cookie: new string('c', 34_000)),
        ];
    }

    private async Task<int> AskAsync(HttpClient http, HttpMethod method, string path, string? key, string? body = null, string type = "application/json", string cookie = "")
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Cookie", $"session=canary-cookie{cookie}");
        request.Headers.TryAddWithoutValidation("Authorization", key is null ? "Basic canary-basic" : $"Bearer {key}");
        request.Headers.TryAddWithoutValidation("X-Api-Key", "canary-key");
        if (body is not null)
            request.Content = new StringContent(body, Encoding.UTF8, new MediaTypeHeaderValue(type));
        request.Headers.ExpectContinue = body?.Length > 1 << 20; // or what is refused unread may break off before the answer is read
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        _answers.Append(response.Headers).Append(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return (int)response.StatusCode;
    }

    private void HoldsNone(params string[] texts)
    {
        foreach (var canary in _canaries)
            Assert.All(texts, text => Assert.DoesNotContain(canary, text, StringComparison.OrdinalIgnoreCase));
    }
}
