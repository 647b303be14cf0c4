using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace Witan.Server.Tests.Platform.Telemetry;

/// <summary>What is counted of requests: by route templates, whatever callers ask for.</summary>
[Collection(nameof(Metered))]
public sealed partial class HttpMetricsTests(OneServer one) : IClassFixture<OneServer>
{
    private const string Requests = "http_requests_total";
    private const string Api = Conversation.Prefix;

    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task A_request_is_counted_and_timed_by_method_route_and_status()
    {
        (string, string)[] found = [("method", "GET"), ("route", $"{Api}/agents/{{id}}"), ("status", "200")];
        (string, string)[] missing = [found[0], found[1], ("status", "404")];
        await _server.TeachAsync("known", successes: 1);
        var before = await _server.ScrapeAsync();
        await _server.GetAsync("/agents/known");
        await _server.GetAsync("/agents/unknown-1");
        await _server.GetAsync("/agents/unknown-2");
        var after = await _server.ScrapeUntilAsync(page => page.Since(before, Requests, missing) >= 2);

        Assert.Equal((1, 2), (after.Since(before, Requests, found), after.Since(before, Requests, missing)));
        Assert.Equal((1, 2), (after.Since(before, "http_request_duration_ms_count", found), after.Since(before, "http_request_duration_ms_count", missing)));
        Assert.Equal(1, after.Since(before, "http_request_duration_ms_bucket", [.. found, ("le", "+Inf")]));
        Assert.True(after.Since(before, "http_request_duration_ms_sum", found) > 0);
    }

    [Fact]
    public async Task What_the_cache_or_a_refusal_answers_is_counted_too()
    {
        var before = await _server.ScrapeAsync();
        var etag = (await _server.GetAsync("/policy")).ETag;
        await _server.GetAsync("/policy", etag);
        await _server.PostAsync("/auto-fixes", "not JSON");
        await _server.ScrapeUntilAsync(page => page.Since(before, Requests, ("route", $"{Api}/policy"), ("status", "304")) == 1 && page.Since(before, Requests, ("route", $"{Api}/auto-fixes"), ("status", "400")) == 1);
    }

    [Fact]
    public async Task Paths_that_nobody_serves_and_methods_that_nobody_knows_make_no_names()
    {
        var before = await _server.ScrapeAsync();
        for (var i = 0; i < 30; i++)
            await _server.GetAsync($"/secret-{i}");
        await _server.SendAsync(new(new HttpMethod("BREW"), $"{Api}/auto-fixes"));
        await _server.SendAsync(new(new HttpMethod("get"), $"{Api}/agents/secret-30"));
        await _server.SendAsync(new(HttpMethod.Put, $"{Api}/auto-fixes/secret-31"));
        await _server.SendAsync(new(HttpMethod.Get, $"/metrics/secret-32?q=secret-33"));
        await _server.SendAsync(new(HttpMethod.Head, $"{Api}/agents/secret-34"));
        var after = await _server.ScrapeUntilAsync(page => page.Since(before, Requests) >= 36);

        Assert.DoesNotContain("secret", after.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("BREW", after.Text, StringComparison.Ordinal);
        Assert.True(after.Since(before, Requests, ("route", "unmatched"), ("status", "404")) >= 30);
        Assert.True(after.Since(before, Requests, ("method", "other")) >= 1);
        var known = Templates().Select(route => route.Template).Append("unmatched").ToHashSet();
        Assert.Subset(known, after.Labels(Requests, "route").ToHashSet());
        Assert.Subset(new HashSet<string> { "GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS", "other" }, after.Labels(Requests, "method").ToHashSet());
    }

    [Fact]
    public async Task Every_route_is_counted()
    {
        var routes = Templates();
        Assert.True(routes.Count > 40);
        foreach (var (method, template) in routes)
        {
            var request = new HttpRequestMessage(new(method), Parameter().Replace(template, parameter => parameter.Value.EndsWith(":guid}", StringComparison.Ordinal) ? Guid.NewGuid().ToString() : "x"));
            if (method is "POST" or "PATCH")
                request.Content = new StringContent("{}", Encoding.UTF8, "application/json");
            await _server.SendAsync(request);
        }

        await _server.ScrapeUntilAsync(page => routes.All(route => page.Has(Requests, ("method", route.Method), ("route", route.Template))));
    }

    private List<(string Method, string Template)> Templates() =>
        [.. _server.Routes().SelectMany(endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method => (method, "/" + endpoint.RoutePattern.RawText!.Trim('/')))).Distinct()];

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();
}
