using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Learnings;

/// <summary>The answer to a proposal carries what others have learned about it.</summary>
public sealed class FittingLearningTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync(_clock);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Those_of_the_domain_fit_and_others_do_not()
    {
        await _server.LearnAsync(Council.Lesson("mine", confidence: 0.6, domains: "database"));
        await _server.LearnAsync(Council.Lesson("other", confidence: 0.9, domains: "graphics"));

        var learning = Assert.Single((await _server.ProposeAsync(Some.Fix("a") with { Domain = "database" })).Learnings);
        Assert.Equal(("mine", "It breaks", "Mend it", 0L, 0L), (learning.Pattern, learning.Problem, learning.Solution, learning.TimesApplied, learning.Successes));
        Assert.Equal(0.6, learning.Confidence, 12);
        Assert.Empty((await _server.ProposeAsync(Some.Fix("a") with { Domain = "audio" })).Learnings);
        Assert.Empty((await _server.ProposeAsync(Some.Fix("a"))).Learnings);
    }

    [Fact]
    public async Task Those_used_on_the_same_issue_fit()
    {
        await _server.LearnAsync(Council.Lesson("used-there", domains: "graphics"));
        var fix = await _server.ProposeAsync(Some.Fix("a", "issue-7"));
        Assert.Empty(fix.Learnings);
        await _server.ApplyAsync("used-there", new { fixId = fix.Id });

        Assert.Equal(["used-there"], Patterns(await _server.AskAsync(Some.Fix("b", "issue-7"))));
        Assert.Empty(Patterns(await _server.AskAsync(Some.Fix("b", "issue-8"))));
    }

    [Fact]
    public async Task Those_with_words_in_common_with_the_error_fit()
    {
        await _server.LearnAsync(Council.Lesson("pool", problem: "Connection pool exhausted under load", domains: "graphics"));

        Assert.Equal(["pool"], Patterns(await _server.AskAsync(Some.Fix("a") with { Error = "PoolError: CONNECTION pool (20) Exhausted!" })));
        Assert.Empty(Patterns(await _server.AskAsync(Some.Fix("a") with { Error = "NullReference in Render" })));
    }

    [Fact]
    public async Task A_layer_in_common_counts_too()
    {
        await _server.LearnAsync(Council.Lesson("layered", problem: "Cache stale", domains: "graphics") with { EsaLayers = [2, 5] });

        Assert.Equal(["layered"], Patterns(await _server.AskAsync(Some.Fix("a") with { Layers = [5, 2] })));
        Assert.Equal(["layered"], Patterns(await _server.AskAsync(Some.Fix("a") with { Layers = [5], Error = "cache miss" })));
        Assert.Empty(Patterns(await _server.AskAsync(Some.Fix("a") with { Layers = [4] })));
    }

    [Fact]
    public async Task At_most_five_are_told_and_evidence_ranks_them()
    {
        for (var i = 0; i < 8; i++)
            await _server.LearnAsync(Council.Lesson($"rank-{i}", confidence: 0.5, domains: "ranked"));
        for (var use = 0; use < 6; use++)
        {
            await _server.ApplyAsync("rank-6", new { success = true });
            await _server.ApplyAsync("rank-3", new { success = use < 5 });
            await _server.ApplyAsync("rank-0", new { success = false });
        }
        var told = (await _server.ProposeAsync(Some.Fix("a") with { Domain = "ranked" })).Learnings;

        Assert.Equal(["rank-6", "rank-3"], told.Take(2).Select(l => l.Pattern));
        Assert.Equal(5, told.Count);
        Assert.DoesNotContain("rank-0", told.Select(l => l.Pattern));
        Assert.Equal((6L, 6L), (told[0].TimesApplied, told[0].Successes));
    }

    [Fact]
    public async Task Much_evidence_ranks_before_a_bold_claim()
    {
        await _server.LearnAsync(Council.Lesson("bold", confidence: 0.9, domains: "boldness"));
        await _server.LearnAsync(Council.Lesson("proven", confidence: 0.5, domains: "boldness"));
        for (var i = 0; i < 30; i++)
            await _server.ApplyAsync("proven", new { success = i % 10 > 0 });

        Assert.Equal("proven", Patterns(await _server.AskAsync(Some.Fix("a") with { Domain = "boldness" }))[0]);
    }

    [Fact]
    public async Task A_replay_is_not_told_what_was_learned_later()
    {
        await _server.LearnAsync(Council.Lesson("before", domains: "history"));
        _clock.Advance(TimeSpan.FromHours(1));
        var then = _clock.GetUtcNow();
        _clock.Advance(TimeSpan.FromHours(1));
        await _server.LearnAsync(Council.Lesson("after", domains: "history"));

        Assert.Equal(["before"], Patterns(await _server.ProposeAsync(Some.Fix("a") with { Domain = "history", ProposedAt = then })));
        Assert.Empty(Patterns(await _server.ProposeAsync(Some.Fix("a") with { Domain = "history", ProposedAt = OneServer.Start.AddTicks(-10) })));
        Assert.Equal(2, (await _server.ProposeAsync(Some.Fix("a") with { Domain = "history" })).Learnings.Count);
    }

    [Fact]
    public async Task However_much_was_learned_later_a_replay_is_told_what_was_known_then()
    {
        await _server.LearnAsync(Council.Lesson("old", confidence: 0.2, domains: "crowded"));
        _clock.Advance(TimeSpan.FromHours(1));
        var then = _clock.GetUtcNow().AddTicks(-10);
        for (var i = 0; i < 30; i++)
            await _server.LearnAsync(Council.Lesson($"newer-{i}", confidence: 0.9, domains: "crowded"));

        Assert.Equal(["old"], Patterns(await _server.AskAsync(Some.Fix("a") with { Domain = "crowded", ProposedAt = then })));
    }

    [Fact]
    public async Task The_receipt_keeps_them_as_they_were()
    {
        await _server.LearnAsync(Council.Lesson("kept", confidence: 0.5, domains: "receipts"));
        var fix = await _server.ProposeAsync(Some.Fix("a") with { Domain = "receipts" });
        await _server.ApplyAsync("kept", new { fixId = fix.Id, success = false });

        Assert.Equal(0.5, Assert.Single((await _server.FixAsync(fix.Id)).Receipt!.Answer.Learnings).Confidence);
    }

    private static string[] Patterns(FixAnswer answer) => [.. answer.Learnings.Select(l => l.Pattern)];
}
