using System.Diagnostics;
using System.Text;
using Witan.Server.Tests.Snapshots;

namespace Witan.Server.Tests.Platform.Telemetry;

/// <summary>The page of metrics as a whole: its names are a promise.</summary>
[Collection(nameof(Metered))]
public sealed class ExpositionTests : IAsyncLifetime
{
    // Names that were promised before promtool was asked.
    private static readonly string[] Accepted =
    [
        "agent_fix_duration_ms metric names should not contain abbreviated units",
        "db_query_duration_ms metric names should not contain abbreviated units",
        "http_request_duration_ms metric names should not contain abbreviated units",
        "agent_learning_patterns_total non-counter metrics should not have \"_total\" suffix",
        "agent_active_count non-histogram and non-summary metrics should not have \"_count\" suffix",
    ];

    private OwnRedis _redis = null!;
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _redis = await OwnRedis.StartAsync();
        _server = await WitanServer.StartAsync(change: settings => settings with { Redis = _redis.Setting, Policy = BusyServer.Policy, Pepper = new('p', 40) });
        await _server.BeActiveAsync();
        await _server.PostAsync("/stats/refresh", null);
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _redis.DisposeAsync();
    }

    [Fact]
    public async Task The_promised_names_are_there_and_the_rest_is_written_down()
    {
        var page = await _server.ScrapeUntilAsync(page => page.Has("db_statistics_age_seconds") && page.Has("system_health_status", ("dependency", "redis")));

        foreach (var name in new[]
        {
            "agent_fixes_total", "agent_fix_duration_ms", "agent_fix_confidence", "agent_collaboration_success_total", "agent_votes_total", "agent_learning_patterns_total", "ml_confidence_score",
            "http_request_duration_ms", "http_requests_total", "cache_hits_total", "cache_misses_total", "db_query_duration_ms", "system_health_status", "agent_active_count", "db_connections_active",
        })
            Assert.Contains(name, page.Types);
        Snapshot.Match("metrics.txt", string.Join('\n', page.Types.OrderBy(metric => metric.Key, StringComparer.Ordinal).Select(metric => $"{metric.Key} {metric.Value} {string.Join(' ', page.LabelNames(metric.Key))}".TrimEnd())));
    }

    [Fact]
    public async Task Promtool_complains_of_nothing_but_names_that_were_promised()
    {
        var (code, said) = await CheckAsync((await _server.ScrapeUntilAsync(page => page.Has("db_statistics_age_seconds"))).Text);
        Assert.Equal(3, code); // readable, with complaints
        Assert.Equal(Accepted.Order(StringComparer.Ordinal), said.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal));
        // It can tell.
        Assert.NotEqual(0, (await CheckAsync("# TYPE witan_oddTotal gauge\nwitan_oddTotal{} 1\n")).Code);
        Assert.Equal((0, ""), await CheckAsync("# HELP witan_even Even.\n# TYPE witan_even gauge\nwitan_even{} 1\n"));
    }

    [Fact]
    public async Task The_format_that_Prometheus_prefers_has_the_same_names()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Accept.ParseAdd("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5");
        var answer = await _server.SendAsync(request);
        var plain = await _server.ScrapeAsync();

        Assert.Equal("application/openmetrics-text", answer.ContentHeaders.ContentType!.MediaType);
        Assert.EndsWith("# EOF\n", answer.Text, StringComparison.Ordinal);
        var names = answer.Text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line[..line.IndexOf('{', StringComparison.Ordinal)]).Where(name => !name.EndsWith("_created", StringComparison.Ordinal)).ToHashSet();
        Assert.Equal(plain.Text.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line[..line.IndexOf('{', StringComparison.Ordinal)]).Distinct().Order(StringComparer.Ordinal), names.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Where_keys_are_in_force_it_takes_one_with_the_scope_read()
    {
        var admin = await CreateKeyAsync("admin", null);
        var (reader, voter) = (await CreateKeyAsync("read", admin), await CreateKeyAsync("vote", admin));
        Assert.Equal(401, (await ScrapeWithAsync(null)).Status);
        Assert.Equal(403, (await ScrapeWithAsync(voter)).Status);
        var page = new MetricsPage((await ScrapeWithAsync(reader)).Text);
        Assert.True(page.Has("http_requests_total"));
    }

    private async Task<string> CreateKeyAsync(string scope, string? admin)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/keys") { Content = new StringContent($$"""{"name":"{{scope}}","scopes":["{{scope}}"]}""", Encoding.UTF8, "application/json") };
        if (admin is not null)
            request.Headers.Authorization = new("Bearer", admin);
        var answer = await _server.SendAsync(request);
        Assert.True(answer.Status == 201, answer.Text);
        return answer["key"].GetString()!;
    }

    private Task<Answer> ScrapeWithAsync(string? key)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        if (key is not null)
            request.Headers.Authorization = new("Bearer", key);
        return _server.SendAsync(request);
    }

    private static async Task<(int Code, string Said)> CheckAsync(string text)
    {
        using var process = Process.Start(new ProcessStartInfo(Programs.Find("promtool"), ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardError = true, RedirectStandardOutput = true })!;
        var said = Task.WhenAll(process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
        await process.StandardInput.WriteAsync(text);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, string.Concat(await said));
    }
}
