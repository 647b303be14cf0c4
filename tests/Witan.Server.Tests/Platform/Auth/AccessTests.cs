using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Witan.Client;
using Witan.Server.Platform.Auth;
using Witan.Server.Tests.Snapshots;

namespace Witan.Server.Tests.Platform.Auth;

/// <summary>Every route against every scope.</summary>
public sealed partial class AccessTests : IAsyncLifetime
{
    private static readonly KeyScope[] All = Enum.GetValues<KeyScope>();

    private readonly Dictionary<KeyScope, string> _keys = [];
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        // Where limits are strict they would hide what this looks for.
        _server = await KeyedServer.StartAsync(change: settings => settings with { Limits = settings.Limits with { Strict = 1_000_000, Standard = 1_000_000, Lenient = 1_000_000 } });
        foreach (var scope in All)
            _keys[scope] = await _server.MakeKeyAsync(scope);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Every_route_takes_the_scope_that_is_promised_and_no_other()
    {
        var lines = new List<string>();
        foreach (var (method, pattern) in Routes())
        {
            var path = Parameter().Replace(pattern, match => match.Value.Contains("guid", StringComparison.Ordinal) ? Guid.Empty.ToString() : match.Value.Contains("documentName", StringComparison.Ordinal) ? "v1" : "unknown");
            var admitted = new List<string>();
            if (await AdmitsAsync(null, method, path))
                admitted.Add("nobody");
            foreach (var scope in All)
            {
                if (await AdmitsAsync(_keys[scope], method, path))
                    admitted.Add(scope.ToString().ToLowerInvariant());
            }
            lines.Add($"{method,-6} {pattern,-64} {(admitted.Count == All.Length + 1 ? "anybody" : string.Join(' ', admitted))}");
        }
        Snapshot.Match("access.txt", string.Join('\n', lines.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public void Every_route_is_marked() =>
        Assert.All(Endpoints(), endpoint => Assert.True(endpoint.Metadata.GetMetadata<Access>() is not null, endpoint.RoutePattern.RawText));

    [Fact]
    public async Task A_route_without_a_mark_is_for_administrators()
    {
        await using var app = WebApplication.CreateSlimBuilder().Build();
        app.UseScopes();
        app.Run(_ => Task.CompletedTask);
        var pipeline = ((IApplicationBuilder)app).Build();
        foreach (var scope in All)
        {
            var context = new DefaultHttpContext { RequestServices = app.Services };
            context.SetEndpoint(new RouteEndpoint(_ => Task.CompletedTask, Microsoft.AspNetCore.Routing.Patterns.RoutePatternFactory.Parse("/unmarked"), 0, new(), "unmarked"));
            context.Features.Set(new Caller("id", [scope], "fleet"));
            await pipeline(context);
            Assert.Equal(scope == KeyScope.Admin, context.Response.StatusCode == 200);
        }
    }

    [Fact]
    public async Task Whoever_sends_no_key_or_a_wrong_one_is_told_how()
    {
        var nobody = await _server.AsAsync(null, "GET", "auto-fixes");
        Assert.Equal((401, "key_required", "Bearer"), (nobody.Status, nobody.Code, nobody.Headers.WwwAuthenticate.ToString()));
        foreach (var wrong in new[] { "witan_", "nonsense", _keys[KeyScope.Read][..^1], _keys[KeyScope.Read] + "0", Mistyped(_keys[KeyScope.Read]), Server.Platform.Auth.ApiKey.Issue("0123456789ab"), new string('x', 5_000) })
        {
            var refused = await _server.AsAsync(wrong, "GET", "auto-fixes");
            Assert.Equal((401, "key_refused"), (refused.Status, refused.Code));
            Assert.DoesNotContain(wrong, refused.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_key_may_come_in_a_header_of_its_own()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"{Conversation.Prefix}/auto-fixes");
        request.Headers.Add("X-Api-Key", _keys[KeyScope.Read]);
        Assert.Equal(200, (await _server.SendAsync(request)).Status);
    }

    [Fact]
    public async Task Without_the_scope_the_answer_names_it()
    {
        var refused = await _server.AsAsync(_keys[KeyScope.Read], "POST", "auto-fixes", """{"agentId":"a","fixStrategy":"code_patch"}""");
        Assert.Equal((403, "scope_missing"), (refused.Status, refused.Code));
        Assert.Contains("report", refused["detail"].GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await _server.AsAsync(_keys[KeyScope.Read], "GET", "auto-fixes"))["autoFixes"].GetArrayLength());
    }

    [Fact]
    public async Task To_ask_as_of_the_past_needs_a_scope_of_its_own_and_to_report_does_not()
    {
        const string old = """{"agentId":"a","fixStrategy":"code_patch","proposedAt":"2024-01-01T00:00:00Z"}""";
        const string reported = """{"agentId":"a","fixStrategy":"code_patch","proposedAt":"2024-01-01T00:00:00Z","outcome":{"success":true}}""";
        var both = await _server.MakeKeyAsync(KeyScope.Report, KeyScope.Replay);
        Assert.Equal("scope_missing", (await _server.AsAsync(_keys[KeyScope.Report], "POST", "auto-fixes", old)).Code);
        Assert.Equal("scope_missing", (await _server.AsAsync(_keys[KeyScope.Read], "POST", "confidence", old)).Code);
        Assert.Equal(201, (await _server.AsAsync(_keys[KeyScope.Report], "POST", "auto-fixes", reported)).Status);
        Assert.Equal(201, (await _server.AsAsync(both, "POST", "auto-fixes", old)).Status);
        var batch = await _server.AsAsync(_keys[KeyScope.Report], "POST", "auto-fixes/batch", $"{old}\n{reported}", "application/x-ndjson");
        Assert.Equal([403, 201], batch["results"].EnumerateArray().Select(line => line.GetProperty("status").GetInt32()));
    }

    private async Task<bool> AdmitsAsync(string? key, string method, string path)
    {
        var answer = await _server.AsAsync(key, method, path, method == "GET" || method == "DELETE" ? null : "{}");
        if (answer.Status == 401)
            return false;
        return answer.Status != 403 || answer.Code != "scope_missing";
    }

    private IEnumerable<RouteEndpoint> Endpoints() => _server.Room<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    private IEnumerable<(string Method, string Pattern)> Routes() => Endpoints()
        .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods is { Count: > 0 } methods ? methods : ["GET"]).Select(method => (method, "/" + endpoint.RoutePattern.RawText!.Trim('/'))))
        .Distinct();

    // One of its letters is another: the checksum tells.
    private static string Mistyped(string key) => key[..40] + (key[40] == 'a' ? 'b' : 'a') + key[41..];

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();
}
