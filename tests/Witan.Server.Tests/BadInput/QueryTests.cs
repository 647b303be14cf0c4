using System.Buffers.Text;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Witan.Server.Tests.BadInput;

public sealed class QueryTests(RefusingServer server) : IClassFixture<RefusingServer>
{
    private static readonly string Guid7 = Guid.CreateVersion7().ToString();

    [Theory]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=-1", "limit")]
    [InlineData("limit=201", "limit")]
    [InlineData("limit=abc", "limit")]
    [InlineData("limit=1e1", "limit")]
    [InlineData("limit=", "limit")]
    [InlineData("limit=1.0", "limit")]
    [InlineData("limit=%201", "limit")]
    [InlineData("limit=99999999999", "limit")]
    [InlineData("limit=1&limit=2", "limit")]
    [InlineData("cursor=", "cursor")]
    [InlineData("cursor=nonsense", "cursor")]
    [InlineData("cursor=%00", "cursor")]
    [InlineData("cursor=AAAA", "cursor")]
    [InlineData("cursor=a&cursor=b", "cursor")]
    [InlineData("foo=1", "foo")]
    [InlineData("Limit=5", "Limit")]
    [InlineData("agentid=a", "agentid")]
    [InlineData("agentId=", "agentId")]
    [InlineData("agentId", "agentId")]
    [InlineData("agentId=a&agentId=a", "agentId")]
    [InlineData("success=yes", "success")]
    [InlineData("success=1", "success")]
    [InlineData("success=True", "success")]
    [InlineData("success=", "success")]
    [InlineData("decision=maybe", "decision")]
    [InlineData("decision=AutoApply", "decision")]
    [InlineData("status=done", "status")]
    [InlineData("status=", "status")]
    [InlineData("q=", "q")]
    [InlineData("q=a%00b", "q")]
    [InlineData("agentId=%00", "agentId")]
    [InlineData("success=true%00", "success")]
    [InlineData("q=%ED%A0%80", "query")]
    [InlineData("q=%FF", "query")]
    [InlineData("issue=%C3%28", "query")]
    [InlineData("%FF=1", null)]
    [InlineData("limit=0&foo=1&success=yes", "limit foo success")]
    public Task A_bad_query_is_refused_and_the_parameter_named(string query, string? fields) =>
        server.RefusesAsync(Refusals.Get(server.Server.Url, $"auto-fixes?{query}"), 400, "invalid_query", fields?.Split(' ') ?? []);

    [Theory]
    [InlineData("agents?foo=1", "foo")]
    [InlineData("agents?limit=201", "limit")]
    [InlineData("agents?cursor=AAAA", "cursor")]
    [InlineData("agents?q=%00", "q")]
    [InlineData("agents/known?foo=1", "foo")]
    [InlineData("models?limit=0", "limit")]
    [InlineData("models?status=champion", "status")]
    [InlineData("models/heuristic?limit=1", "limit")]
    public Task Every_list_and_item_is_as_strict(string address, string field) =>
        server.RefusesAsync(Refusals.Get(server.Server.Url, address), 400, "invalid_query", field);

    [Theory]
    [InlineData("auto-fixes?foo=1")]
    [InlineData("auto-fixes/batch?foo=1")]
    [InlineData("confidence?foo=1")]
    [InlineData("models/train?foo=1")]
    [InlineData("models/heuristic/promote?foo=1")]
    public Task A_POST_takes_no_query(string address) =>
        server.RefusesAsync(Refusals.Post(address, address.StartsWith("models", StringComparison.Ordinal) ? "{}" : """{"agentId":"a","fixStrategy":"code_patch"}"""), 400, "invalid_query", "foo");

    [Fact]
    public async Task A_cursor_is_good_only_for_its_own_list_and_filters()
    {
        for (var i = 0; i < 3; i++)
            await server.ProposeAsync();
        var cursor = await CursorAsync("auto-fixes?limit=1&agentId=known");
        using (var next = await server.Http.GetAsync($"{Refusals.Api}auto-fixes?limit=1&agentId=known&cursor={cursor}", TestContext.Current.CancellationToken))
            Assert.Equal(HttpStatusCode.OK, next.StatusCode);

        await RefusesAsync($"auto-fixes?limit=1&cursor={cursor}");
        await RefusesAsync($"auto-fixes?limit=1&agentId=other&cursor={cursor}");
        await RefusesAsync($"agents?limit=1&cursor={cursor}");
        await RefusesAsync($"models?limit=1&cursor={cursor}");
        await RefusesAsync($"auto-fixes?agentId=known&cursor={await CursorAsync("models?limit=1")}");
    }

    [Fact]
    public async Task A_cursor_that_was_tampered_with_is_refused_whichever_byte_it_is()
    {
        await server.ProposeAsync();
        await server.ProposeAsync();
        var cursor = await CursorAsync("auto-fixes?limit=1");
        var bytes = Base64Url.DecodeFromChars(cursor);
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = (byte[])bytes.Clone();
            changed[i] ^= 1;
            await RefusesAsync($"auto-fixes?limit=1&cursor={Base64Url.EncodeToString(changed)}");
        }
        await RefusesAsync($"auto-fixes?cursor={cursor[..^1]}");
        await RefusesAsync($"auto-fixes?cursor={cursor}AAAA");
    }

    [Theory]
    [InlineData("GET", "auto-fixes/{guid}", "not_found")]
    [InlineData("GET", "auto-fixes/not-a-guid", "not_found")]
    [InlineData("POST", "auto-fixes/{guid}/outcome", "not_found")]
    [InlineData("POST", "auto-fixes/not-a-guid/outcome", "not_found")]
    [InlineData("GET", "agents/nobody", "not_found")]
    [InlineData("GET", "agents/%FF", "not_found")]
    [InlineData("GET", "agents/..%2F..%2Fetc%2Fpasswd", "not_found")]
    [InlineData("GET", "models/model-999", "not_found")]
    [InlineData("GET", "models/trainings/{guid}", "not_found")]
    [InlineData("GET", "models/trainings/7", "not_found")]
    [InlineData("POST", "models/model-999/promote", "not_found")]
    [InlineData("GET", "nothing-here", "not_found")]
    [InlineData("GET", "../../nothing-here", "not_found")]
    public async Task Unknown_ids_and_routes_are_404(string method, string address, string code)
    {
        var path = address.Replace("{guid}", Guid7, StringComparison.Ordinal);
        var request = method == "GET" ? Refusals.Get(server.Server.Url, path) : Refusals.Post(path, """{"success":true}""");
        await server.RefusesAsync(request, 404, code);
    }

    [Fact]
    public Task A_status_for_an_unknown_fix_is_404() =>
        server.RefusesAsync(Refusals.Post($"auto-fixes/{Guid7}/status", """{"status":"applied","by":"me"}"""), 404, "not_found");

    [Theory]
    [InlineData("DELETE", "auto-fixes")]
    [InlineData("PUT", "auto-fixes")]
    [InlineData("GET", "auto-fixes/{guid}/outcome")]
    [InlineData("GET", "confidence")]
    [InlineData("POST", "agents")]
    [InlineData("PATCH", "models")]
    [InlineData("TRACE", "agents")]
    [InlineData("NONSENSE", "agents")]
    public async Task Another_method_is_405(string method, string path)
    {
        using var request = new HttpRequestMessage(new(method), Refusals.Api + path.Replace("{guid}", Guid7, StringComparison.Ordinal));
        await server.RefusesAsync(request, 405, "method_not_allowed");
    }

    [Fact]
    public async Task An_over_long_address_or_header_ends_with_its_request()
    {
        using var address = await server.Http.GetAsync($"{Refusals.Api}auto-fixes?q={new string('x', 20_000)}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestUriTooLong, address.StatusCode);

        using var request = new HttpRequestMessage(HttpMethod.Get, Refusals.Api + "agents");
        request.Headers.Add("X-Long", new string('x', 100_000));
        using var header = await server.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, header.StatusCode);

        using var after = await server.Http.GetAsync(Refusals.Api + "agents", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, after.StatusCode);
    }

    private Task RefusesAsync(string address) =>
        server.RefusesAsync(Refusals.Get(server.Server.Url, address), 400, "invalid_query", "cursor");

    private async Task<string> CursorAsync(string address) =>
        (await server.Http.GetFromJsonAsync<JsonElement>(Refusals.Api + address, TestContext.Current.CancellationToken)).GetProperty("nextCursor").GetString()!;
}
