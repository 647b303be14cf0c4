using System.Text.RegularExpressions;
using Witan.Server.Tests.Keys;

namespace Witan.Server.Tests.Dashboard;

/// <summary>The dashboard is one page at a list of addresses. What lies beside them is told as it was before there was one.</summary>
public sealed partial class PageTests(OneServer one) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = one.Server;

    [Theory]
    [InlineData("/")]
    [InlineData("/fixes")]
    [InlineData("/fixes/")]
    [InlineData("/fixes/3f2504e0-4f89-41d3-9a0c-0305e82c3301")]
    [InlineData("/ask")]
    [InlineData("/learnings")]
    [InlineData("/learnings/q-and-exists")]
    [InlineData("/learnings/a%2Fb.c%20d")]
    [InlineData("/collaborations")]
    [InlineData("/collaborations/3f2504e0-4f89-41d3-9a0c-0305e82c3301")]
    [InlineData("/agents")]
    [InlineData("/agents/20250514_aime.coder")]
    [InlineData("/judgement")]
    [InlineData("/operations")]
    [InlineData("/operations?node=1")]
    public async Task Each_of_its_addresses_answers_the_page(string address)
    {
        var page = await GetAsync(address);

        Assert.Equal((200, "text/html"), (page.Status, page.ContentHeaders.ContentType!.MediaType));
        Assert.Contains("<title>Witan</title>", page.Text, StringComparison.Ordinal);
        var policy = Directives(page);
        Assert.Equal("'self'", policy["default-src"]);
        Assert.Equal("'self' 'wasm-unsafe-eval'", policy["script-src"]);
        Assert.Equal("'none'", policy["frame-ancestors"]);
        Assert.Equal("'self'", policy["base-uri"]);
        Assert.Equal("no-referrer", page.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task The_page_is_asked_for_anew_each_time_and_names_only_files_that_are_there()
    {
        var page = await GetAsync("/judgement");
        Assert.True(page.Headers.CacheControl is { NoCache: true });
        Assert.Equal(304, (await _server.SendAsync(new(HttpMethod.Get, "/judgement") { Headers = { { "If-None-Match", page.ETag } } })).Status);

        var files = Reference().Matches(page.Text).Select(reference => reference.Groups[1].Value).ToList();
        Assert.Contains("_framework/blazor.webassembly.js", files);
        foreach (var file in files)
            Assert.Equal((file, 200), (file, (await GetAsync($"/{file}")).Status));
        Assert.DoesNotMatch(@"<script(?![^>]*\ssrc=)", page.Text); // the policy would not run it
    }

    [Fact]
    public async Task Every_page_of_the_dashboard_is_among_its_addresses()
    {
        var pages = Directory.EnumerateFiles(Path.Combine(House.Root, "src/Witan.Dashboard"), "*.razor", SearchOption.AllDirectories)
            .SelectMany(file => Page().Matches(File.ReadAllText(file)).Select(page => page.Groups[1].Value)).ToList();

        Assert.True(pages.Count >= 12);
        foreach (var page in pages)
            Assert.Equal((page, 200), (page, (await GetAsync(Parameter().Replace(page, parameter => parameter.Value.EndsWith(":guid}", StringComparison.Ordinal) ? Guid.Empty.ToString() : "x"))).Status));
        var served = _server.Routes().Where(route => route.Order == int.MaxValue).Select(route => First(route.RoutePattern.RawText!)).ToHashSet();
        Assert.Equal(pages.Select(First).ToHashSet(), served);
    }

    [Theory]
    [InlineData("/fix")]
    [InlineData("/Nothing")]
    [InlineData("/ask/more")]
    [InlineData("/judgement/more")]
    [InlineData("/favicon.ico")]
    [InlineData("/_framework/nothing.wasm")]
    [InlineData("/_framework/")]
    [InlineData("/../appsettings.json")]
    [InlineData("/%2e%2e/witan.dll")]
    [InlineData("/witan.dll")]
    [InlineData("/data/outcomes.ndjson.gz")]
    [InlineData("/health")]
    [InlineData("/api")]
    [InlineData("/api/nothing")]
    [InlineData("/api/agent-intelligence")]
    [InlineData("/api/agent-intelligence/nothing")]
    public async Task What_is_nobodys_address_stays_not_found(string address)
    {
        var answer = await GetAsync(address);

        answer.Is(404, "not_found");
        Assert.Equal("application/problem+json", answer.ContentHeaders.ContentType!.MediaType);
    }

    [Theory]
    [InlineData("POST", "/")]
    [InlineData("POST", "/fixes")]
    [InlineData("PUT", "/agents/a")]
    [InlineData("DELETE", "/learnings/p")]
    [InlineData("POST", "/witan.css")]
    [InlineData("PUT", "/api/agent-intelligence/auto-fixes")]
    [InlineData("DELETE", "/api/agent-intelligence/agents/a")]
    [InlineData("POST", "/api/agent-intelligence/events")]
    public async Task A_method_that_an_address_does_not_take_is_told_as_such(string method, string address) =>
        (await _server.SendAsync(new(new(method), address))).Is(405, "method_not_allowed");

    [Fact]
    public async Task Answers_that_are_data_are_never_a_page()
    {
        foreach (var address in new[] { "/api/agent-intelligence/agents", "/health/live", "/metrics", "/openapi/v1.json", "/api/nothing" })
            Assert.Equal((address, "'none'"), (address, Directives(await GetAsync(address))["default-src"]));
        Assert.Contains("'unsafe-inline'", Directives(await GetAsync("/scalar"))["script-src"], StringComparison.Ordinal);
    }

    private Task<Answer> GetAsync(string address) => _server.SendAsync(new(HttpMethod.Get, new Uri(_server.Url, address)));

    private static Dictionary<string, string> Directives(Answer answer) => answer.Headers.GetValues("Content-Security-Policy").Single()
        .Split("; ").Select(directive => directive.Split(' ', 2)).ToDictionary(directive => directive[0], directive => directive[1]);

    private static string First(string address) => address.Split('/', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "";

    [GeneratedRegex("""(?m)^@page "([^"]*)""")]
    private static partial Regex Page();

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("""(?:src|href)="([^"/][^":]*)""")]
    private static partial Regex Reference();
}
