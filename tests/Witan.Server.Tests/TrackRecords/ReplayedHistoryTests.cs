using Microsoft.Extensions.Time.Testing;
using Witan.Client;

namespace Witan.Server.Tests.TrackRecords;

/// <summary>History replayed through the API gets the answers that live use would have got.</summary>
public sealed class ReplayedHistoryTests
{
    [Theory]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Replayed_proposal_by_proposal_history_gets_the_answers_of_live_use(int seed)
    {
        var steps = History.Of(seed, 80);
        var clock = new FakeTimeProvider(OneServer.Start);
        await using var live = await WitanServer.StartAsync(clock);
        await using var replayed = await WitanServer.StartAsync(new FakeTimeProvider(OneServer.Start.AddYears(1)));
        var (liveIds, replayedIds) = (new Dictionary<int, Guid?>(), new Dictionary<int, Guid?>());
        foreach (var step in steps)
        {
            clock.Advance(step.Wait);
            var then = clock.GetUtcNow();
            if (step.Proposal is { } proposal)
            {
                liveIds[step.Fix] = (await live.ProposeAsync(proposal)).Id;
                replayedIds[step.Fix] = (await replayed.ProposeAsync(proposal with { ProposedAt = then })).Id;
            }
            else
            {
                Assert.Equal(200, (await live.ReportAsync(liveIds[step.Fix], step.Outcome!)).Status);
                Assert.Equal(200, (await replayed.ReportAsync(replayedIds[step.Fix], step.Outcome! with { CompletedAt = then })).Status);
            }
        }

        foreach (var fix in liveIds.Keys)
        {
            var (first, second) = ((await live.FixAsync(liveIds[fix])).Receipt!, (await replayed.FixAsync(replayedIds[fix])).Receipt!);
            Assert.Equal(first.Features, second.Features);
            Assert.False(first.Answer.Replay);
            Assert.True(second.Answer.Replay);
            Assert.Equal((first.AsOf, first.Answer.Decision, first.Answer.Confidence, first.Answer.Scorer, first.Answer.Rule, first.Answer.Evidence),
                (second.AsOf, second.Answer.Decision, second.Answer.Confidence, second.Answer.Scorer, second.Answer.Rule, second.Answer.Evidence));
        }
    }

    [Fact]
    public async Task History_imported_backwards_answers_as_of_any_moment_as_the_fleet_that_lived_it()
    {
        var clock = new FakeTimeProvider(OneServer.Start);
        await using var live = await WitanServer.StartAsync(clock);
        var ids = new Dictionary<int, Guid?>();
        foreach (var step in History.Of(21, 80).Where(step => step.Outcome?.RolledBack is not true))
        {
            clock.Advance(step.Wait + TimeSpan.FromMicroseconds(1));
            if (step.Proposal is not null)
                ids[step.Fix] = (await live.ProposeAsync(step.Proposal)).Id;
            else
                await live.ReportAsync(ids[step.Fix], step.Outcome!);
        }
        var lived = new List<AutoFix>();
        foreach (var id in ids.Values)
            lived.Add(await live.FixAsync(id));

        await using var imported = await WitanServer.StartAsync(new FakeTimeProvider(OneServer.Start.AddYears(1)));
        await imported.TeachAsync(lived.Where(fix => fix.Success is not null).Reverse().Select(fix => ProposalOf(fix) with
        {
            Outcome = new() { Success = fix.Success, DurationMs = fix.DurationMs, CompletedAt = fix.CompletedAt },
        }));

        foreach (var fix in lived)
        {
            var answer = await imported.AskAsync(ProposalOf(fix));
            Assert.Equal(fix.Receipt!.Answer.Scorer, answer.Scorer);
            Assert.Equal(fix.Confidence ?? -1, answer.Confidence ?? -1, 1e-9);
            Assert.Equal(fix.Receipt.Answer.Evidence, answer.Evidence);
        }
    }

    private static FixProposal ProposalOf(AutoFix fix) => new()
    {
        AgentId = fix.AgentId, FixStrategy = fix.FixStrategy, Issue = fix.Issue, Repository = fix.Repository, Domain = fix.Domain, Error = fix.Error,
        Family = fix.Family, Model = fix.Model, Changes = fix.Changes, Attributes = fix.Attributes, ProposedAt = fix.ProposedAt,
    };
}
