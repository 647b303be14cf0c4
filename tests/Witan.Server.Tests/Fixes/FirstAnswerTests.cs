using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Tests.Fixes;

/// <summary>What Witan says from the first proposal on an empty database.</summary>
public sealed class FirstAnswerTests
{
    // The body of product.md, the replay flag, and why: the rule of the policy by name and the same in words.
    private static readonly string[] AnswerKeys =
        ["id", "decision", "confidence", "interval", "scorer", "arm", "rule", "reason", "replay", "thresholds", "factors", "evidence", "learnings", "collaborationId"];

    [Fact]
    public async Task With_no_outcome_in_the_whole_fleet_there_is_no_number()
    {
        await using var server = await WitanServer.StartAsync();

        var answer = await server.PostAsync("/auto-fixes", """{"agentId":"first","fixStrategy":"code_patch"}""");

        Assert.Equal(201, answer.Status);
        Assert.Equal("application/json", answer.ContentHeaders.ContentType!.MediaType);
        Assert.Equal($"{Conversation.Prefix}/auto-fixes/{answer.Id}", answer.Location);
        Assert.Equal(7, answer.Id.Version);
        Assert.Equal(AnswerKeys.Order(), answer.Keys.Order());
        Assert.Equal("review", answer["decision"].GetString());
        Assert.Equal("none", answer["scorer"].GetString());
        Assert.All(["confidence", "interval", "arm", "collaborationId"], key => Assert.Equal(JsonValueKind.Null, answer[key].ValueKind));
        Assert.Equal("""{"autoApply":0.85,"review":0.6}""", answer["thresholds"].GetRawText());
        Assert.Equal("""{"agentFixes":0,"issueAttempts":0,"similarFailures":0}""", answer["evidence"].GetRawText());
        Assert.Equal("[]", answer["factors"].GetRawText());
        Assert.Equal("[]", answer["learnings"].GetRawText());
        Assert.False(answer["replay"].GetBoolean());
    }

    [Fact]
    public async Task Open_proposals_are_no_knowledge()
    {
        await using var server = await WitanServer.StartAsync();
        for (var i = 0; i < 3; i++)
            await server.ProposeAsync(Some.Fix("asks"));

        Assert.Equal("none", (await server.AskAsync(Some.Fix("asks"))).Scorer);
    }

    [Fact]
    public async Task The_first_outcomes_bring_the_heuristic_and_thirty_the_track_record()
    {
        await using var server = await WitanServer.StartAsync();
        await server.TeachAsync("learner", successes: 1);
        Assert.Equal("heuristic", (await server.ProposeAsync(Some.Fix("learner"))).Scorer);

        await server.TeachAsync("learner", successes: 20, failures: 8);
        Assert.Equal("heuristic", (await server.ProposeAsync(Some.Fix("learner"))).Scorer);

        await server.TeachAsync("other", successes: 1);
        var answer = await server.ProposeAsync(Some.Fix("learner"));
        Assert.Equal("track-record", answer.Scorer);
        Assert.NotEmpty(answer.Factors);
        Assert.InRange(answer.Confidence!.Value, answer.Interval![0], answer.Interval[1]);
    }

    [Fact]
    public async Task The_weightiest_factor_comes_first_and_evidence_counts_what_is_known()
    {
        await using var server = await WitanServer.StartAsync();
        await server.TeachAsync("able", successes: 40);
        await server.TeachAsync(Enumerable.Range(0, 3).Select(_ => Some.Failure("clumsy", "hard-1") with { Error = "TypeError: at line 7" }));

        var answer = await server.ProposeAsync(Some.Fix("able", "hard-1") with { Error = "TypeError: at line 99" });

        Assert.Equal(new FixEvidence(40, 3, 3), answer.Evidence);
        var weights = answer.Factors.Select(f => Math.Abs(f.Contribution)).ToList();
        Assert.Equal(weights.OrderDescending(), weights);
        Assert.Contains(answer.Factors, f => f.Feature == "issue success rate" && f.Contribution < 0);
    }

    [Fact]
    public async Task Confidence_gives_the_answer_of_a_proposal_and_stores_nothing()
    {
        await using var server = await WitanServer.StartAsync();
        await server.TeachAsync("known", successes: 35, failures: 5);

        var asked = await server.PostAsync("/confidence", Some.Fix("known", "issue-1"));
        var stranger = await server.AskAsync(Some.Fix("stranger"));

        Assert.Equal(200, asked.Status);
        Assert.Null(asked.As<FixAnswer>().Id);
        Assert.NotNull(stranger.Confidence);
        Assert.Equal(404, (await server.GetAsync("/agents/stranger")).Status);
        Assert.Equal(40, (await server.WalkAsync("/auto-fixes", "autoFixes")).Count);
        var proposed = await server.PostAsync("/auto-fixes", Some.Fix("known", "issue-1"));
        foreach (var key in AnswerKeys.Except(["id"]))
            Assert.Equal(proposed[key].GetRawText(), asked[key].GetRawText());
    }
}
