using System.Text.Json;

namespace Witan.Server.Tests.Platform.Http;

/// <summary>Errors are problem+json (RFC 9457) with a stable code and a trace id.</summary>
public sealed class ProblemTests(OneServer one) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = one.Server;

    [Theory]
    [InlineData("GET", "/nothing-here", 404, "not_found")]
    [InlineData("POST", "/nothing-here", 404, "not_found")]
    [InlineData("GET", "/auto-fixes/0198d6a0-0000-7000-8000-000000000000", 404, "not_found")]
    [InlineData("GET", "/auto-fixes/not-an-id", 404, "not_found")]
    [InlineData("GET", "/agents/nobody", 404, "not_found")]
    [InlineData("GET", "/models/model-99", 404, "not_found")]
    [InlineData("POST", "/models/model-99/promote", 404, "not_found")]
    [InlineData("GET", "/models/trainings/0198d6a0-0000-7000-8000-000000000000", 404, "not_found")]
    [InlineData("DELETE", "/auto-fixes", 405, "method_not_allowed")]
    [InlineData("PUT", "/auto-fixes/0198d6a0-0000-7000-8000-000000000000", 405, "method_not_allowed")]
    [InlineData("GET", "/confidence", 405, "method_not_allowed")]
    [InlineData("POST", "/agents", 405, "method_not_allowed")]
    public async Task What_is_not_there_is_told_as_a_problem(string method, string path, int status, string code)
    {
        var answer = await _server.SendAsync(new(new(method), Conversation.Prefix + path));

        AssertProblem(answer, status, code);
        if (status == 405)
            Assert.NotEmpty(answer.ContentHeaders.Allow);
    }

    [Theory]
    [InlineData("/auto-fixes")]
    [InlineData("/auto-fixes/batch")]
    [InlineData("/confidence")]
    [InlineData("/models/train")]
    public async Task A_body_of_another_type_is_told_as_a_problem(string path)
    {
        foreach (var type in new[] { "text/plain", "application/x-www-form-urlencoded" })
            AssertProblem(await _server.PostAsync(path, "{}", type: type), 415, "unsupported_media_type");
        AssertProblem(await _server.PostAsync(path, null), 415, "unsupported_media_type");
    }

    [Fact]
    public async Task An_unknown_encoding_is_told_as_a_problem()
    {
        var request = Conversation.Post("/auto-fixes", new StringContent("{}"));
        request.Content!.Headers.ContentEncoding.Add("zstd");

        AssertProblem(await _server.SendAsync(request), 415, "unsupported_encoding");
    }

    [Fact]
    public async Task Fields_that_are_wrong_are_all_named()
    {
        var answer = await _server.PostAsync("/auto-fixes", """{"agentId":"","fixStrategy":"x","changes":{"files":-1},"layers":[-1]}""");

        AssertProblem(answer, 400, "validation_failed");
        Assert.Equal(["agentId", "layers", "changes.files"], answer["errors"].EnumerateArray().Select(e => e.GetProperty("field").GetString()));
    }

    [Fact]
    public async Task Outside_the_prefix_it_is_the_same() => AssertProblem(await _server.SendAsync(new(HttpMethod.Get, "/nowhere")), 404, "not_found");

    private static void AssertProblem(Answer answer, int status, string code)
    {
        Assert.Equal((status, code), (answer.Status, answer.Code));
        Assert.Equal("application/problem+json", answer.ContentHeaders.ContentType!.MediaType);
        Assert.Equal(["code", "detail", "errors", "status", "title", "traceId", "type"], answer.Keys.Order());
        Assert.Equal(status, answer["status"].GetInt32());
        Assert.All(["title", "detail", "traceId", "type"], key => Assert.False(string.IsNullOrWhiteSpace(answer[key].GetString()), key));
        Assert.Equal(JsonValueKind.Array, answer["errors"].ValueKind);
    }
}
