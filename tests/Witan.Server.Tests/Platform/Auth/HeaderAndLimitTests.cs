using System.Net;
using Witan.Client;
using Witan.Server.Tests.Keys;

namespace Witan.Server.Tests.Platform.Auth;

/// <summary>Headers that keep browsers from making more of an answer than it is, and how large a request may be.</summary>
public sealed class HeaderAndLimitTests(GuardedServer guarded) : IClassFixture<GuardedServer>
{
    private const string Data = "default-src 'none'; frame-ancestors 'none'";

    private readonly WitanServer _server = guarded.Server;

    [Theory]
    [InlineData("GET", "/api/agent-intelligence/agents", true, 200)]
    [InlineData("GET", "/api/agent-intelligence/agents", false, 401)]
    [InlineData("GET", "/api/keys", true, 200)]
    [InlineData("GET", "/api/nothing", true, 404)]
    [InlineData("PUT", "/api/keys", true, 405)]
    [InlineData("POST", "/api/keys", true, 400)]
    [InlineData("GET", "/health/ready", false, 200)]
    [InlineData("GET", "/metrics", true, 200)]
    [InlineData("GET", "/openapi/v1.json", false, 200)]
    [InlineData("GET", "/nothing", false, 404)]
    public async Task Every_answer_says_that_it_is_no_page(string method, string path, bool withKey, int status)
    {
        var key = !withKey ? null : path.StartsWith("/api/keys", StringComparison.Ordinal) ? guarded.Admin : guarded.Reader;
        var answer = await _server.CallAsync(method, path, key, method == "POST" ? "{}" : null);

        Assert.Equal(status, answer.Status);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal(Data, answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.False(answer.Headers.Contains("Server"));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
        if (!path.StartsWith("/api/", StringComparison.Ordinal))
            Assert.Equal("no-referrer", answer.Headers.GetValues("Referrer-Policy").Single());
    }

    [Fact]
    public async Task The_page_of_the_documentation_takes_nothing_from_elsewhere_and_cannot_be_framed()
    {
        var answer = await _server.CallAsync("GET", "/scalar", null);

        Assert.Equal(200, answer.Status);
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single().Split("; ");
        Assert.Contains("default-src 'self'", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.All(policy, part => Assert.DoesNotContain("http", part, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Errors_are_kept_by_nobody()
    {
        foreach (var key in new[] { null, "nonsense", guarded.Reader })
            Assert.Equal("no-store", (await _server.CallAsync("GET", "/api/keys", key)).Headers.CacheControl!.ToString());
    }

    [Theory]
    [InlineData(7_000, 401)]
    [InlineData(9_000, 414)]
    public async Task A_request_line_may_be_8_KB_long(int length, int status) =>
        Assert.Equal(status, RawHttp.StatusOf(await _server.RawAsync($"GET /api/agent-intelligence/agents?cursor={new string('a', length)} HTTP/1.1", "Host: localhost")));

    [Theory]
    [InlineData(30_000, 401)]
    [InlineData(34_000, 431)]
    public async Task Headers_may_be_32_KB_long(int length, int status) =>
        Assert.Equal(status, RawHttp.StatusOf(await _server.RawAsync("GET /api/agent-intelligence/agents HTTP/1.1", "Host: localhost", $"Cookie: {new string('a', length)}")));

    [Theory]
    [InlineData("auto-fixes", (1 << 20) + 1)]
    [InlineData("auto-fixes/batch", (32 << 20) + 1)]
    public async Task A_body_that_is_too_large_is_refused_by_its_length_alone(string path, int length)
    {
        var reporter = (await _server.MakeKeyAsync(guarded.Admin, KeyScope.Report)).Key;
        var answer = await _server.RawAsync($"POST /api/agent-intelligence/{path} HTTP/1.1", "Host: localhost", $"X-Api-Key: {reporter}", "Content-Type: application/json", $"Content-Length: {length}");
        Assert.Equal((int)HttpStatusCode.RequestEntityTooLarge, RawHttp.StatusOf(answer));
    }

    [Fact]
    public async Task Who_has_no_key_is_refused_before_any_body_is_read() =>
        Assert.Equal(401, RawHttp.StatusOf(await _server.RawAsync("POST /api/agent-intelligence/auto-fixes HTTP/1.1", "Host: localhost", "Content-Type: application/json", "Content-Length: 1000")));
}
