using Witan.Client;

namespace Witan.Server.Tests.Client;

/// <summary>How a server is, as its client tells it: also when it is not well.</summary>
public sealed class HealthRoundTripTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_is_well_says_so_of_each_dependency()
    {
        await using var server = await WitanServer.StartAsync();

        var health = await server.Client.GetHealthAsync(Cancel);

        Assert.Equal("ready", health.Status);
        Assert.Equal(["database", "model", "summaries"], health.Dependencies.Keys);
        Assert.All(health.Dependencies.Values, state => Assert.Equal(("ok", null), (state.Status, state.Detail)));
    }

    [Fact]
    public async Task That_a_server_cannot_serve_is_an_answer_and_not_an_exception()
    {
        await using var server = await WitanServer.StartAsync();
        await server.ExecuteAsync("ALTER TABLE models RENAME TO lost");

        Assert.Equal(503, (await server.SendAsync(new(HttpMethod.Get, "/health/ready"))).Status);
        var health = await server.Client.GetHealthAsync(Cancel);

        Assert.Equal(("unavailable", "unavailable"), (health.Status, health.Dependencies["database"].Status));
        Assert.NotNull(health.Dependencies["database"].Detail);
    }

    [Fact]
    public async Task It_is_asked_once_however_it_is()
    {
        using var server = new ScriptedServer(new ScriptedAnswer(503, """{"status":"stopping","dependencies":{}}"""));
        using var client = server.Client();

        Assert.Equal("stopping", (await client.GetHealthAsync(Cancel)).Status);
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(502, "<html>Bad Gateway</html>", "not_witan")]
    [InlineData(200, "{}", "not_witan")]
    [InlineData(503, "no upstream", "not_witan")]
    public async Task What_is_no_answer_of_Witans_is_told_as_such(int status, string body, string code)
    {
        using var server = new ScriptedServer(new ScriptedAnswer(status, body));
        using var client = server.Client();
        var e = await Assert.ThrowsAsync<WitanException>(() => client.GetHealthAsync(Cancel));
        Assert.Equal((status, code), (e.Problem.Status, e.Problem.Code));
    }

    [Fact]
    public async Task A_refusal_arrives_as_the_problem_that_it_is()
    {
        using var server = new ScriptedServer(ScriptedAnswer.Problem(429, "rate_limited"));
        using var client = server.Client();
        Assert.Equal("rate_limited", (await Assert.ThrowsAsync<WitanException>(() => client.GetHealthAsync(Cancel))).Problem.Code);
        Assert.Equal("rate_limited", (await Assert.ThrowsAsync<WitanException>(() => client.GetMetricsAsync(Cancel))).Problem.Code);
    }
}
