using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Witan.Server.Tests.Snapshots;

namespace Witan.Server.Tests.Platform.Http;

/// <summary>The routes and the OpenAPI document are promises: they change only on purpose.</summary>
public sealed class PromiseTests(OneServer one) : IClassFixture<OneServer>
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly WitanServer _server = one.Server;

    [Fact]
    public void The_endpoints_are_those_promised()
    {
        var lines = _server.Room<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(endpoint => endpoint.Metadata.GetMetadata<IEndpointNameMetadata>() is not null)
            .SelectMany(endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["ANY"]).Select(method =>
                $"{method,-5} {endpoint.RoutePattern.RawText!.TrimEnd('/'),-56} {endpoint.Metadata.GetMetadata<IEndpointNameMetadata>()!.EndpointName,-16} {endpoint.Metadata.GetMetadata<IEndpointSummaryMetadata>()?.Summary}"))
            .Order(StringComparer.Ordinal);

        Snapshot.Match("endpoints.txt", string.Join('\n', lines));
    }

    [Fact]
    public async Task The_document_is_the_one_promised() =>
        Snapshot.Match("openapi.json", (await DocumentAsync()).ToJsonString(Indented));

    [Fact]
    public async Task The_document_is_of_openapi_3_1_and_is_shown_as_a_page()
    {
        Assert.StartsWith("3.1", (await DocumentAsync())["openapi"]!.GetValue<string>(), StringComparison.Ordinal);
        var page = await _server.SendAsync(new(HttpMethod.Get, "/scalar"));
        Assert.True(page.Status == 200, page.Text);
        Assert.Equal("text/html", page.ContentHeaders.ContentType!.MediaType);
    }

    [Fact]
    public async Task Every_operation_has_a_name_a_summary_and_a_described_answer()
    {
        foreach (var (path, method, operation) in await OperationsAsync())
        {
            Assert.False(string.IsNullOrEmpty(operation["operationId"]?.GetValue<string>()), $"{method} {path}");
            Assert.False(string.IsNullOrEmpty(operation["summary"]?.GetValue<string>()), $"{method} {path}");
            var good = operation["responses"]!.AsObject().Where(response => response.Key.StartsWith('2')).ToList();
            Assert.True(good.Count > 0, $"{method} {path}");
            Assert.All(good, response => Assert.True(response.Value!["content"] is JsonObject { Count: > 0 }, $"{method} {path} {response.Key}"));
        }
    }

    [Fact]
    public async Task Every_post_with_a_body_describes_it()
    {
        foreach (var (path, _, operation) in (await OperationsAsync()).Where(o => o.Method == "post" && o.Path.Split('/')[^1] is not ("promote" or "cancel" or "refresh")))
            Assert.True(operation["requestBody"]?["content"] is JsonObject { Count: > 0 }, path);
    }

    [Theory]
    [InlineData("/auto-fixes", "autoFixes", "agentId,fixStrategy,success,decision,status,repository,issue,domain,since,until,q")]
    [InlineData("/agents", "agents", "")]
    [InlineData("/models", "models", "")]
    [InlineData("/models/trainings", "trainings", "")]
    [InlineData("/experiments", "experiments", "")]
    public async Task Every_list_documents_its_filters_limit_and_cursor(string path, string items, string filters)
    {
        var operation = (await OperationsAsync()).Single(o => o.Method == "get" && o.Path.TrimEnd('/') == Conversation.Prefix + path).Operation;

        var names = operation["parameters"]!.AsArray().Select(parameter => parameter!["name"]!.GetValue<string>());
        Assert.Equal([.. filters.Split(',', StringSplitOptions.RemoveEmptyEntries), "limit", "cursor"], names);
        var limit = operation["parameters"]!.AsArray().Single(parameter => parameter!["name"]!.GetValue<string>() == "limit")!["schema"]!;
        Assert.Equal((1, 200, 50), (limit["minimum"]!.GetValue<int>(), limit["maximum"]!.GetValue<int>(), limit["default"]!.GetValue<int>()));
        var page = await _server.GetAsync($"{path}?limit=1");
        Assert.Equal([items, "nextCursor"], page.Keys);
    }

    [Fact]
    public async Task The_fixed_calls_of_this_version_are_all_there()
    {
        string[] expected =
        [
            "post /auto-fixes", "post /auto-fixes/batch", "post /auto-fixes/{id}/outcome", "post /auto-fixes/{id}/status", "post /confidence",
            "get /auto-fixes", "get /auto-fixes/{id}", "get /agents", "get /agents/{id}", "get /models", "get /models/{version}", "post /models/train",
            "get /models/trainings", "get /models/trainings/{id}", "post /models/trainings/{id}/cancel", "get /models/{version}/curves", "post /models/{version}/promote",
        ];

        var there = (await OperationsAsync()).Select(o => $"{o.Method} {o.Path.Replace(Conversation.Prefix, "", StringComparison.Ordinal).TrimEnd('/')}").ToHashSet();
        Assert.All(expected, call => Assert.Contains(call, there));
    }

    private async Task<JsonObject> DocumentAsync()
    {
        var answer = await _server.SendAsync(new(HttpMethod.Get, "/openapi/v1.json"));
        Assert.Equal(200, answer.Status);
        return JsonNode.Parse(answer.Bytes)!.AsObject();
    }

    private async Task<List<(string Path, string Method, JsonNode Operation)>> OperationsAsync() =>
        [.. (await DocumentAsync())["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject().Select(o => (path.Key, o.Key, o.Value!)))];
}
