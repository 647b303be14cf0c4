using System.Net;
using Witan.Client;

namespace Witan.Server.Tests.Client;

/// <summary>What becomes of answers that are no success.</summary>
public sealed class AnswerTests
{
    [Fact]
    public async Task A_problem_arrives_whole()
    {
        using var server = new ScriptedServer(ScriptedAnswer.Problem(409, "outcome_contradicts"));
        using var client = server.Client("secret");
        var e = await Assert.ThrowsAsync<WitanException>(() => client.GetFixAsync(Guid.Empty, TestContext.Current.CancellationToken));
        Assert.Equal((409, "No", "not now", "outcome_contradicts", "t-1"), (e.Problem.Status, e.Problem.Title, e.Problem.Detail, e.Problem.Code, e.Problem.TraceId));
        Assert.Equal(new FieldProblem("f", "m"), Assert.Single(e.Problem.Errors));
        Assert.Contains("not now", e.Message, StringComparison.Ordinal);
        Assert.Equal("Bearer secret", server.Requests[0].Headers.Authorization!.ToString());
        Assert.DoesNotContain("secret", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_problem_may_say_more_than_this_client_knows()
    {
        using var server = new ScriptedServer(new ScriptedAnswer(400, """{"type":"t","title":"T","status":400,"detail":"d","code":"c","traceId":"i","errors":[],"instance":"/x"}""", "application/problem+json"));
        using var client = server.Client();
        Assert.Equal("c", (await Assert.ThrowsAsync<WitanException>(() => client.GetFixAsync(Guid.Empty, TestContext.Current.CancellationToken))).Problem.Code);
    }

    [Theory]
    [InlineData(502, "<html>Bad Gateway</html>", "text/html")]
    [InlineData(404, "", "text/plain")]
    [InlineData(500, "{}", "application/json")]
    [InlineData(400, """{"title":"of another make"}""", "application/problem+json")]
    [InlineData(400, "nonsense", "application/problem+json")]
    [InlineData(200, "<html>Hello</html>", "text/html")]
    [InlineData(200, "", "application/json")]
    [InlineData(200, "null", "application/json")]
    [InlineData(200, """{"hello":"world"}""", "application/json")]
    public async Task An_answer_that_is_not_Witans_is_told_as_such(int status, string body, string type)
    {
        using var server = new ScriptedServer(new ScriptedAnswer(status, body, type));
        using var client = server.Client();
        var e = await Assert.ThrowsAsync<WitanException>(() => client.ListAgentsAsync(cancel: TestContext.Current.CancellationToken));
        Assert.Equal((status, "not_witan"), (e.Problem.Status, e.Problem.Code));
    }

    [Fact]
    public async Task A_server_may_lie_below_a_path()
    {
        using var server = new ScriptedServer(new ScriptedAnswer(200, ScriptedServer.Agents));
        using var client = new WitanClient(new Uri("http://proxy.test/witan"), handler: server);
        await client.ListAgentsAsync(cancel: TestContext.Current.CancellationToken);
        Assert.Equal("http://proxy.test/witan/api/agent-intelligence/agents?limit=50", server.Requests[0].RequestUri!.ToString());
    }

    [Fact]
    public async Task What_stands_in_an_address_is_escaped()
    {
        using var server = new ScriptedServer(ScriptedAnswer.Problem(404));
        using var client = server.Client();
        await Assert.ThrowsAsync<WitanException>(() => client.GetAgentAsync("a/b?c#d e", TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<WitanException>(() => client.ListFixesAsync(new() { Q = "a&b=c d", Since = new DateTimeOffset(2026, 1, 1, 1, 0, 0, TimeSpan.FromHours(1)) }, TestContext.Current.CancellationToken));
        Assert.Equal("/api/agent-intelligence/agents/a%2Fb%3Fc%23d%20e", server.Requests[0].RequestUri!.PathAndQuery);
        Assert.Equal("?since=2026-01-01T00%3A00%3A00Z&q=a%26b%3Dc%20d", server.Requests[1].RequestUri!.Query);
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_an_HttpRequestException()
    {
        using var client = new WitanClient(new Uri("http://127.0.0.1:1"));
        await Assert.ThrowsAsync<HttpRequestException>(() => client.ListAgentsAsync(cancel: TestContext.Current.CancellationToken));
    }
}
