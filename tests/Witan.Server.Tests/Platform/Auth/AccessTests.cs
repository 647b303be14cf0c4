using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Witan.Client;
using Witan.Server.Platform.Auth;
using Witan.Server.Tests.Keys;
using Witan.Server.Tests.Snapshots;

namespace Witan.Server.Tests.Platform.Auth;

/// <summary>Who may call which route: every one is called without a key, and with a key of each scope alone.</summary>
public sealed partial class AccessTests
{
    private static readonly KeyScope[] Scopes = Enum.GetValues<KeyScope>();

    [Fact]
    public async Task Every_route_lets_in_whom_the_table_says()
    {
        await using var server = await Keyed.StartAsync();
        var admin = (await server.MakeFirstKeyAsync()).Key!;
        var keys = new Dictionary<KeyScope, string>();
        foreach (var scope in Scopes)
            keys[scope] = (await server.MakeKeyAsync(admin, scope)).Key!;

        var rows = new List<string>();
        foreach (var endpoint in server.Routes())
        {
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"])
                rows.Add(await RowAsync(server, endpoint, method, keys));
        }

        rows.Add(await RowAsync(server, server.Files()[0], "GET", keys, "files of the dashboard")); // hundreds, all mapped by one line

        Snapshot.Match("access.txt", string.Join('\n', rows.Order(StringComparer.Ordinal)));
    }

    [Fact]
    public async Task Without_the_scope_the_answer_names_it_and_nothing_is_done()
    {
        await using var server = await Keyed.StartAsync();
        var reader = (await server.MakeKeyAsync((await server.MakeFirstKeyAsync()).Key, KeyScope.Read)).Key;

        var refused = await server.ProposeAsync(reader, Some.Fix("a"));
        refused.Is(403, "scope_missing");
        Assert.Contains("the scope report", refused["detail"].GetString(), StringComparison.Ordinal);
        Assert.Equal(0, (await server.ReadAsync(reader))["agents"].GetArrayLength());
    }

    [Fact]
    public async Task No_route_lacks_a_mark()
    {
        await using var server = await Keyed.StartAsync();
        Assert.Empty(server.Routes().Where(endpoint => endpoint.Metadata.GetMetadata<Access>() is null).Select(endpoint => endpoint.RoutePattern.RawText));
        Assert.NotEmpty(server.Files());
        Assert.All(server.Files(), file => Assert.Equal(new(null, RateGroup.Lenient), file.Metadata.GetMetadata<Access>()));
    }

    [Fact]
    public async Task A_route_without_a_mark_is_for_administrators_and_strictly_limited()
    {
        var folder = Directory.CreateTempSubdirectory("witan-test-");
        var database = await Engine.CreateAsync(folder);
        await using (var app = WitanHost.Build(new() { Urls = "http://127.0.0.1:0", Database = database, Policy = new(), Pepper = new('p', 40) }))
        {
            app.MapGet("/unmarked", () => "reached");
            await app.OpenAsync(TestContext.Current.CancellationToken);
            await app.StartAsync(TestContext.Current.CancellationToken);
            using var client = new WitanClientOf(new(app.Urls.First()));
            var admin = await client.MakeKeyAsync(null, "admin");
            var others = await client.MakeKeyAsync(admin, "read", "report", "vote", "replay");

            Assert.Equal((401, "\"strict\";q=10;w=60"), await client.GetAsync("/unmarked", null));
            Assert.Equal(403, (await client.GetAsync("/unmarked", others)).Status);
            Assert.Equal(200, (await client.GetAsync("/unmarked", admin)).Status);
            await app.StopAsync(TestContext.Current.CancellationToken);
        }
        Engine.Forget();
        await Engine.DropAsync(database);
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("DELETE", "/api/agent-intelligence/auto-fixes", null, 405, "method_not_allowed")]
    [InlineData("PUT", "/api/keys", null, 405, "method_not_allowed")]
    [InlineData("POST", "/api/agent-intelligence/auto-fixes", "text/plain", 415, "unsupported_media_type")]
    [InlineData("GET", "/api/agent-intelligence/nothing", null, 404, "not_found")]
    public async Task What_is_no_route_is_told_as_what_it_is_and_not_as_a_lack_of_scopes(string method, string path, string? type, int status, string code)
    {
        await using var server = await Keyed.StartAsync();
        var key = (await server.MakeKeyAsync((await server.MakeFirstKeyAsync()).Key, KeyScope.Report)).Key;
        foreach (var sent in new[] { key, null })
        {
            var request = new HttpRequestMessage(new(method), path);
            if (type is not null)
                request.Content = new StringContent("{}", new System.Net.Http.Headers.MediaTypeHeaderValue(type));
            if (sent is not null)
                request.Headers.Add("X-Api-Key", sent);
            (await server.SendAsync(request)).Is(status, code);
        }
    }

    // The row tells what was seen, not what is declared.
    private static async Task<string> RowAsync(WitanServer server, RouteEndpoint endpoint, string method, Dictionary<KeyScope, string> keys, string? name = null)
    {
        var path = PathOf(endpoint.RoutePattern.RawText!);
        object? body = method is "POST" or "PATCH" ? "{}" : null;
        var nobody = await server.CallAsync(method, path, null, body);
        var letIn = new List<string>();
        foreach (var scope in Scopes)
        {
            var answer = await server.CallAsync(method, path, keys[scope], body);
            Assert.NotEqual(401, answer.Status);
            if (answer.Status == 403)
                Assert.Equal("scope_missing", answer.Code);
            else
                letIn.Add(scope.ToString().ToLower(CultureInfo.InvariantCulture));
        }
        if (nobody.Status == 401)
            Assert.Equal("key_required", nobody.Code);
        else
            Assert.Equal(Scopes.Length, letIn.Count);
        var policy = nobody.Headers.GetValues("RateLimit-Policy").Single().Split('"')[1];
        return $"{method,-6} {name ?? (path == "/" ? path : endpoint.RoutePattern.RawText!.TrimEnd('/')),-64} {(nobody.Status == 401 ? string.Join(' ', letIn) : "anyone"),-8} {policy}";
    }

    private static string PathOf(string pattern) => "/" + Parameter().Replace(pattern, m => m.Groups[1].Value switch
    {
        "id:guid" => Guid.Empty.ToString(),
        "name" => "ml-vs-heuristic",
        "documentName" or "documentName?" => "v1",
        _ => "nothing",
    }).TrimStart('/');

    [GeneratedRegex(@"\{([^}]*)\}")]
    private static partial Regex Parameter();

    /// <summary>Speaks with a server that was built by hand.</summary>
    private sealed class WitanClientOf(Uri url) : IDisposable
    {
        private readonly HttpClient _http = new() { BaseAddress = url };

        public async Task<string> MakeKeyAsync(string? admin, params string[] scopes)
        {
            using var request = Request(HttpMethod.Post, "/api/keys", admin);
            request.Content = new StringContent($$"""{"name":"k","scopes":["{{string.Join("\",\"", scopes)}}"]}""", System.Text.Encoding.UTF8, "application/json");
            using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(201, (int)response.StatusCode);
            return System.Text.Json.JsonElement.Parse(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).GetProperty("key").GetString()!;
        }

        public async Task<(int Status, string Policy)> GetAsync(string path, string? key)
        {
            using var request = Request(HttpMethod.Get, path, key);
            using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
            return ((int)response.StatusCode, response.Headers.GetValues("RateLimit-Policy").Single());
        }

        public void Dispose() => _http.Dispose();

        private static HttpRequestMessage Request(HttpMethod method, string path, string? key)
        {
            var request = new HttpRequestMessage(method, path);
            if (key is not null)
                request.Headers.Add("X-Api-Key", key);
            return request;
        }
    }
}
