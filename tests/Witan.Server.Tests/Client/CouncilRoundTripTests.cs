using Witan.Client;

namespace Witan.Server.Tests.Client;

/// <summary>Learnings, collaborations, votes, statistics and the policy, through the typed client.</summary>
public sealed class CouncilRoundTripTests : IAsyncLifetime
{
    private WitanServer _server = null!;

    private WitanClient Client => _server.Client;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_learning_is_reported_applied_and_found()
    {
        var report = new LearningReport { Pattern = "null-check", Problem = "p", Solution = "s", CodeExample = "x?.Y", AgentDomains = ["backend"], EsaLayers = [2], DiscoveredBy = "a", Repository = "r" };
        Assert.Equal("null-check", (await Client.ReportLearningAsync(report, Cancel)).Pattern);
        await Client.ApplyLearningAsync("null-check", new() { Success = true }, Cancel);
        var learning = await Client.GetLearningAsync("null-check", Cancel);
        Assert.Equal(("p", "s", "x?.Y", "a", "r"), (learning.Problem, learning.Solution, learning.CodeExample!, learning.DiscoveredBy, learning.Repository!));
        Assert.Equal((1L, 1L), (learning.TimesApplied, learning.Successes));
        Assert.Single((await Client.ListLearningsAsync(new() { Domain = "backend", Layer = 2, AgentId = "a", MinConfidence = 0, Q = "NULL", Limit = 5 }, Cancel)).Learnings);
        Assert.Empty((await Client.ListLearningsAsync(new() { Domain = "frontend" }, Cancel)).Learnings);
    }

    [Fact]
    public async Task A_collaboration_is_opened_changed_and_voted_on()
    {
        var opened = await Client.CollaborateAsync(new() { Type = CollaborationType.Fixing, Leader = "lead", Participants = ["lead", "b"], Goal = "g", Quorum = 2 }, Cancel);
        var changed = await Client.ChangeCollaborationAsync(opened.Id, new() { Status = CollaborationState.Executing, Progress = 40 }, Cancel);
        Assert.Equal((CollaborationState.Executing, 40), (changed.Status, changed.Progress));
        var vote = await Client.VoteAsync(opened.Id, new() { VoterId = "b", Solution = "s", Vote = VoteKind.Reject, Reasoning = "because" }, Cancel);
        Assert.Equal((opened.Id, VoteKind.Reject, "because"), (vote.CollaborationId, vote.Kind, vote.Reasoning!));
        Assert.Equal((ConsensusState.Pending, 2), ((await Client.GetConsensusAsync(opened.Id, Cancel)).Decision, (await Client.GetConsensusAsync(opened.Id, Cancel)).Quorum));
        Assert.Equal(opened.Id, (await Client.GetCollaborationAsync(opened.Id, Cancel)).Id);
        Assert.Single((await Client.ListCollaborationsAsync(new() { Type = CollaborationType.Fixing, Leader = "lead", Status = CollaborationState.Executing, Participant = "b" }, Cancel)).Collaborations);
        Assert.Single((await Client.ListVotesAsync(new() { CollaborationId = opened.Id, VoterId = "b", Vote = VoteKind.Reject, History = true }, Cancel)).Votes);
    }

    [Fact]
    public async Task The_summaries_count_what_is_there()
    {
        await Client.ProposeAsync(new() { AgentId = "counted", FixStrategy = "performance", Outcome = new() { Success = true } }, Cancel);
        Assert.Equal(5, (await Client.RefreshStatsAsync(Cancel)).Summaries.Count);
        Assert.Equal((1L, 1L), ((await Client.GetStatsAsync(Cancel)).Fixes, (await Client.GetStatsAsync(Cancel)).FixSuccesses));
        Assert.Equal("counted", Assert.Single((await Client.GetFixStatsAsync(cancel: Cancel)).Fixes).AgentId);
        Assert.NotNull((await Client.GetStatsAsync(Cancel)).RefreshedAt);
        Assert.Empty((await Client.GetCollaborationStatsAsync(cancel: Cancel)).Collaborations);
        Assert.Empty((await Client.GetDomainStatsAsync(cancel: Cancel)).Domains);
        Assert.Empty((await Client.GetConsensusStatsAsync(cancel: Cancel)).Consensus);
        Assert.NotEmpty((await Client.GetTimelineAsync("hour", since: DateTimeOffset.UtcNow.AddHours(-1), cancel: Cancel)).Buckets);
    }

    [Fact]
    public async Task The_policy_is_shown_and_another_tried()
    {
        Assert.Equal(0.85, (await Client.GetPolicyAsync(Cancel)).AutoApply);
        await Client.ProposeAsync(new() { AgentId = "a", FixStrategy = "code_patch" }, Cancel);
        Assert.Equal(1, (await Client.DryRunAsync(new() { Policy = new() { AutoApply = 0.5, Review = 0.1 } }, Cancel)).Fixes);
    }
}
