namespace Witan.Server.Tests.Platform.Telemetry;

/// <summary>What is counted of answers that go on, and of the dashboard.</summary>
[Collection(nameof(Metered))]
public sealed class StreamMetricsTests(OneServer one) : IClassFixture<OneServer>
{
    private const string Requests = "http_requests_total";
    private const string Timed = "http_request_duration_ms_count";

    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task A_stream_is_counted_when_it_has_ended_and_not_timed()
    {
        (string, string)[] stream = [("method", "GET"), ("route", $"{Conversation.Prefix}/events"), ("status", "200")];
        var before = await _server.ScrapeAsync();
        await foreach (var _ in _server.Client.FollowAsync(cancel: TestContext.Current.CancellationToken))
        {
            Assert.Equal(0, (await _server.ScrapeAsync()).Since(before, Requests, stream));
            break;
        }
        await _server.GetAsync("/policy");
        var after = await _server.ScrapeUntilAsync(page => page.Since(before, Requests, stream) == 1);

        Assert.Equal(0, after.Since(before, Timed, stream));
        Assert.Equal(1, after.Since(before, Timed, ("route", $"{Conversation.Prefix}/policy")));
    }

    [Fact]
    public async Task Files_are_counted_as_one_and_the_page_by_its_address()
    {
        (string, string)[] files = [("route", "files"), ("status", "200")];
        (string, string)[] page = [("route", "/fixes/{*rest}"), ("status", "200")];
        var before = await _server.ScrapeAsync();
        foreach (var path in new[] { "/witan.css", "/witan.js", "/icon.svg", "/fixes", "/fixes/x" })
            await _server.SendAsync(new(HttpMethod.Get, path));
        var after = await _server.ScrapeUntilAsync(scraped => scraped.Since(before, Requests, files) >= 3 && scraped.Since(before, Requests, page) >= 2);

        Assert.Equal((3, 2), (after.Since(before, Timed, files), after.Since(before, Timed, page)));
        Assert.DoesNotContain(after.Labels(Requests, "route"), route => route.Contains("witan.", StringComparison.Ordinal));
    }
}
