using System.Net.Http.Headers;
using Witan.Client;

namespace Witan.Server.Tests.Client;

public sealed class RetryTests
{
    private static readonly FixProposal Fix = new() { AgentId = "a", FixStrategy = "code_patch" };
    private static readonly ScriptedAnswer Agents = new(200, ScriptedServer.Agents);

    /// <summary>Every call that there is.</summary>
    public static TheoryData<string> Calls => [.. All.Keys];

    private static readonly Dictionary<string, Func<WitanClient, Task>> All = new()
    {
        ["propose"] = c => c.ProposeAsync(Fix),
        ["ask"] = c => c.AskAsync(Fix),
        ["batch"] = c => c.ProposeBatchAsync([Fix, Fix]),
        ["outcome"] = c => c.ReportOutcomeAsync(Guid.Empty, new() { Success = true }),
        ["status"] = c => c.ReportStatusAsync(Guid.Empty, new() { Status = FixState.Applied, By = "me" }),
        ["fix"] = c => c.GetFixAsync(Guid.Empty),
        ["fixes"] = c => c.ListFixesAsync(),
        ["agents"] = c => c.ListAgentsAsync(),
        ["agent"] = c => c.GetAgentAsync("a"),
        ["learn"] = c => c.ReportLearningAsync(new() { Pattern = "p", Problem = "p", Solution = "s", AgentDomains = [], DiscoveredBy = "a" }),
        ["apply"] = c => c.ApplyLearningAsync("p", new()),
        ["learning"] = c => c.GetLearningAsync("p"),
        ["learnings"] = c => c.ListLearningsAsync(),
        ["collaborate"] = c => c.CollaborateAsync(new() { Type = CollaborationType.Fixing, Leader = "a", Participants = ["a"], Goal = "g" }),
        ["change"] = c => c.ChangeCollaborationAsync(Guid.Empty, new() { Progress = 5 }),
        ["collaboration"] = c => c.GetCollaborationAsync(Guid.Empty),
        ["collaborations"] = c => c.ListCollaborationsAsync(),
        ["vote"] = c => c.VoteAsync(Guid.Empty, new() { VoterId = "a", Solution = "s", Vote = VoteKind.Approve }),
        ["consensus"] = c => c.GetConsensusAsync(Guid.Empty),
        ["votes"] = c => c.ListVotesAsync(),
        ["stats"] = c => c.GetStatsAsync(),
        ["fix stats"] = c => c.GetFixStatsAsync(),
        ["collaboration stats"] = c => c.GetCollaborationStatsAsync(),
        ["domain stats"] = c => c.GetDomainStatsAsync(),
        ["consensus stats"] = c => c.GetConsensusStatsAsync(),
        ["decision stats"] = c => c.GetDecisionStatsAsync(),
        ["timeline"] = c => c.GetTimelineAsync(),
        ["refresh stats"] = c => c.RefreshStatsAsync(),
        ["policy"] = c => c.GetPolicyAsync(),
        ["dry run"] = c => c.DryRunAsync(new() { Policy = new() }),
        ["any list"] = c => c.GetJsonAsync("agents", []),
        ["experiments"] = c => c.ListExperimentsAsync(),
        ["experiment"] = c => c.GetExperimentAsync("ml-vs-heuristic"),
        ["change experiment"] = c => c.ChangeExperimentAsync("ml-vs-heuristic", new() { Mode = ExperimentMode.Live }),
        ["models"] = c => c.ListModelsAsync(),
        ["model"] = c => c.GetModelAsync("heuristic"),
        ["train"] = c => c.TrainAsync(),
        ["trainings"] = c => c.ListTrainingsAsync(),
        ["training"] = c => c.GetTrainingAsync(Guid.Empty),
        ["cancel training"] = c => c.CancelTrainingAsync(Guid.Empty),
        ["curves"] = c => c.GetModelCurvesAsync("heuristic"),
        ["drift"] = c => c.GetDriftAsync(),
        ["promote"] = c => c.PromoteAsync("heuristic"),
        ["create key"] = c => c.CreateKeyAsync(new() { Name = "a", Scopes = [KeyScope.Read] }),
        ["rotate key"] = c => c.RotateKeyAsync("id", new()),
        ["revoke key"] = c => c.RevokeKeyAsync("id"),
        ["keys"] = c => c.ListKeysAsync(),
        ["audit"] = c => c.ListAuditAsync(),
        ["metrics"] = c => c.GetMetricsAsync(),
    };

    // Who looks how a server is wants to know it now, and who follows events begins again by himself.
    private static readonly Dictionary<string, Func<WitanClient, Task>> Once = new()
    {
        ["health"] = c => c.GetHealthAsync(),
        ["events"] = async c => await c.FollowAsync().GetAsyncEnumerator().MoveNextAsync(),
    };

    [Fact]
    public void No_call_is_left_out() =>
        Assert.Equal(typeof(WitanClient).GetMethods().Count(m => m.Name.EndsWith("Async", StringComparison.Ordinal)), All.Count + Once.Count);

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task What_may_be_repeated_is_tried_four_times_and_anything_else_once(string call)
    {
        foreach (var status in new[] { 503, 429 })
        {
            using var server = new ScriptedServer(ScriptedAnswer.Problem(status));
            using var client = server.Client();
            var e = await Assert.ThrowsAsync<WitanException>(() => All[call](client));
            Assert.Equal(status, e.Problem.Status);
            var first = server.Requests[0];
            var repeatable = first.Method == HttpMethod.Get || first.Headers.Contains("Idempotency-Key");
            Assert.Equal(repeatable ? 4 : 1, server.Requests.Count);
            Assert.All(server.Requests, r => Assert.Equal(first.RequestUri, r.RequestUri));
            Assert.All(server.Bodies, body => Assert.Equal(server.Bodies[0], body));
            Assert.Single(server.Requests.Select(KeyOf).Distinct());
        }
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    public async Task What_tells_of_this_moment_is_asked_once(int status)
    {
        foreach (var call in Once.Values)
        {
            using var server = new ScriptedServer(ScriptedAnswer.Problem(status));
            using var client = server.Client();
            Assert.Equal(status, (await Assert.ThrowsAsync<WitanException>(() => call(client))).Problem.Status);
            Assert.Single(server.Requests);
        }
    }

    [Theory]
    [InlineData("propose")]
    [InlineData("outcome")]
    [InlineData("status")]
    [InlineData("learn")]
    [InlineData("apply")]
    [InlineData("collaborate")]
    [InlineData("vote")]
    [InlineData("train")]
    public async Task A_write_carries_a_key_of_its_own(string call)
    {
        using var server = new ScriptedServer(ScriptedAnswer.Problem(400));
        using var client = server.Client();
        await Assert.ThrowsAsync<WitanException>(() => All[call](client));
        await Assert.ThrowsAsync<WitanException>(() => All[call](client));
        Assert.All(server.Requests, r => Assert.NotNull(KeyOf(r)));
        Assert.NotEqual(KeyOf(server.Requests[0]), KeyOf(server.Requests[1]));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(413)]
    [InlineData(422)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(507)]
    public async Task Nothing_else_is_tried_again(int status)
    {
        foreach (var call in All.Values.Concat(Once.Values))
        {
            using var server = new ScriptedServer(ScriptedAnswer.Problem(status));
            using var client = server.Client();
            Assert.Equal(status, (await Assert.ThrowsAsync<WitanException>(() => call(client))).Problem.Status);
            Assert.Single(server.Requests);
            Assert.Empty(server.Clock.Waits);
        }
    }

    [Fact]
    public async Task It_goes_on_as_soon_as_the_server_answers()
    {
        using var server = new ScriptedServer(ScriptedAnswer.Problem(503), ScriptedAnswer.Problem(429), Agents);
        using var client = server.Client();
        Assert.Empty((await client.ListAgentsAsync(cancel: TestContext.Current.CancellationToken)).Agents);
        Assert.Equal(3, server.Requests.Count);
    }

    [Fact]
    public async Task The_waits_double_and_are_never_the_same_for_two_callers()
    {
        var firsts = new HashSet<TimeSpan>();
        for (var i = 0; i < 20; i++)
        {
            using var server = new ScriptedServer(ScriptedAnswer.Problem(503));
            using var client = server.Client();
            await Assert.ThrowsAsync<WitanException>(() => client.ListAgentsAsync(cancel: TestContext.Current.CancellationToken));
            Assert.Equal(3, server.Clock.Waits.Count);
            for (var wait = 0; wait < 3; wait++)
                Assert.InRange(server.Clock.Waits[wait].TotalMilliseconds, 200 << wait, 400 << wait);
            firsts.Add(server.Clock.Waits[0]);
        }
        Assert.InRange(firsts.Count, 10, 20);
    }

    [Fact]
    public async Task It_waits_at_least_as_long_as_the_server_asks()
    {
        using var server = new ScriptedServer(ScriptedAnswer.Problem(429, retryAfter: new RetryConditionHeaderValue(TimeSpan.FromSeconds(3))), Agents);
        using var client = server.Client();
        await client.ListAgentsAsync(cancel: TestContext.Current.CancellationToken);
        Assert.InRange(Assert.Single(server.Clock.Waits).TotalSeconds, 3, 4);
    }

    [Fact]
    public async Task It_waits_until_the_time_that_the_server_names()
    {
        using var server = new ScriptedServer(
            ScriptedAnswer.Problem(503, retryAfter: new RetryConditionHeaderValue(new WaitlessClock().GetUtcNow().AddSeconds(3))), Agents);
        using var client = server.Client();
        await client.ListAgentsAsync(cancel: TestContext.Current.CancellationToken);
        Assert.InRange(Assert.Single(server.Clock.Waits).TotalSeconds, 3, 4);
    }

    [Fact]
    public async Task It_does_not_come_back_before_it_may()
    {
        // A wait that is too long to sit out ends the call; coming back early would only be refused again.
        using var server = new ScriptedServer(ScriptedAnswer.Problem(429, "rate_limited", new RetryConditionHeaderValue(TimeSpan.FromHours(1))));
        using var client = server.Client();
        var e = await Assert.ThrowsAsync<WitanException>(() => client.ListAgentsAsync(cancel: TestContext.Current.CancellationToken));
        Assert.Equal("rate_limited", e.Problem.Code);
        Assert.Single(server.Requests);
    }

    private static string? KeyOf(HttpRequestMessage request) => request.Headers.TryGetValues("Idempotency-Key", out var keys) ? keys.Single() : null;
}
