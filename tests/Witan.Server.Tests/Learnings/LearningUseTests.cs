using Witan.Client;
using Witan.Server.Learnings;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Learnings;

/// <summary>Uses of a learning, and what they do to its confidence: the claim is worth 4 uses.</summary>
public sealed class LearningUseTests(OneServer one) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = one.Server;

    [Theory]
    [InlineData(0.5, 0, 0)]
    [InlineData(0.5, 1, 0)]
    [InlineData(0.5, 0, 1)]
    [InlineData(0.9, 3, 2)]
    [InlineData(0.0, 4, 0)]
    [InlineData(1.0, 0, 12)]
    public async Task Successes_raise_the_confidence_and_failures_lower_it(double claim, int successes, int failures)
    {
        var pattern = $"moves-{(int)(claim * 10)}-{successes}-{failures}";
        await _server.LearnAsync(Council.Lesson(pattern, confidence: claim));
        for (var i = 0; i < successes; i++)
            Assert.Equal(200, (await _server.ApplyAsync(pattern, new { success = true })).Status);
        for (var i = 0; i < failures; i++)
            await _server.ApplyAsync(pattern, new { success = false });

        var learning = await _server.LearningAsync(pattern);
        Assert.Equal(((claim * 4) + successes) / (4 + successes + failures), learning.Confidence, 12);
        Assert.Equal((successes + failures, successes, failures), (learning.TimesApplied, learning.Successes, learning.Failures));
    }

    [Fact]
    public async Task A_use_without_an_outcome_counts_and_moves_nothing()
    {
        await _server.LearnAsync(Council.Lesson("just-used", confidence: 0.7));
        var learning = (await _server.ApplyAsync("just-used", "{}")).As<Learning>();

        Assert.Equal((1L, 0L, 0L, 0.7), (learning.TimesApplied, learning.Successes, learning.Failures, Math.Round(learning.Confidence, 12)));
    }

    [Fact]
    public async Task The_outcome_of_the_fix_resolves_a_use_and_its_rollback_turns_it()
    {
        await _server.LearnAsync(Council.Lesson("follows"));
        var fix = await _server.ProposeAsync(Some.Fix("user", "i-1"));
        Assert.Equal((1L, 0L, 0L), Counts((await _server.ApplyAsync("follows", new { fixId = fix.Id })).As<Learning>()));

        await _server.ReportAsync(fix.Id, new { success = true });
        Assert.Equal((1L, 1L, 0L), Counts(await _server.LearningAsync("follows")));
        Assert.Equal(3 / 5.0, (await _server.LearningAsync("follows")).Confidence, 12);

        await _server.ReportAsync(fix.Id, new { rolledBack = true });
        Assert.Equal((1L, 0L, 1L), Counts(await _server.LearningAsync("follows")));
        Assert.Equal(2 / 5.0, (await _server.LearningAsync("follows")).Confidence, 12);
    }

    [Fact]
    public async Task A_failed_fix_lowers_every_learning_that_was_used_in_it()
    {
        var fix = await _server.ProposeAsync(Some.Fix("user"));
        foreach (var pattern in new[] { "both-a", "both-b" })
        {
            await _server.LearnAsync(Council.Lesson(pattern));
            await _server.ApplyAsync(pattern, new { fixId = fix.Id });
        }
        await _server.ReportAsync(fix.Id, new { success = false });
        await _server.ReportAsync(fix.Id, new { success = false });

        Assert.Equal((1L, 0L, 1L), Counts(await _server.LearningAsync("both-a")));
        Assert.Equal((1L, 0L, 1L), Counts(await _server.LearningAsync("both-b")));
    }

    [Fact]
    public async Task A_use_in_a_fix_that_has_ended_takes_its_outcome_at_once()
    {
        await _server.LearnAsync(Council.Lesson("afterwards"));
        var fix = await _server.ProposeAsync(Some.Success("user"));

        Assert.Equal((1L, 1L, 0L), Counts((await _server.ApplyAsync("afterwards", new { fixId = fix.Id })).As<Learning>()));
    }

    [Fact]
    public async Task The_outcome_may_be_told_now_or_later_and_the_fix_has_the_last_word()
    {
        await _server.LearnAsync(Council.Lesson("told"));
        var (now, later) = ((await _server.ProposeAsync(Some.Fix("user"))).Id, (await _server.ProposeAsync(Some.Fix("user"))).Id);
        Assert.Equal((1L, 1L, 0L), Counts((await _server.ApplyAsync("told", new { fixId = now, success = true })).As<Learning>()));
        Assert.Equal((2L, 1L, 0L), Counts((await _server.ApplyAsync("told", new { fixId = later })).As<Learning>()));
        Assert.Equal((2L, 1L, 1L), Counts((await _server.ApplyAsync("told", new { fixId = later, success = false })).As<Learning>()));

        await _server.ReportAsync(now, new { success = true });
        Assert.Equal((2L, 1L, 1L), Counts(await _server.LearningAsync("told")));
        await _server.ReportAsync(later, new { success = true });
        Assert.Equal((2L, 2L, 0L), Counts(await _server.LearningAsync("told")));
    }

    [Fact]
    public async Task The_same_use_twice_counts_once_and_another_outcome_contradicts()
    {
        await _server.LearnAsync(Council.Lesson("once"));
        var fix = await _server.ProposeAsync(Some.Fix("user"));
        await _server.ApplyAsync("once", new { fixId = fix.Id, success = true });
        var before = await _server.AllRowsAsync();

        Assert.Equal(200, (await _server.ApplyAsync("once", new { fixId = fix.Id, success = true })).Status);
        Assert.Equal(200, (await _server.ApplyAsync("once", new { fixId = fix.Id })).Status);
        Assert.Equal(before, await _server.AllRowsAsync());
        await _server.RefusedAsync(409, "use_contradicts", () => _server.ApplyAsync("once", new { fixId = fix.Id, success = false }));
    }

    [Fact]
    public async Task The_same_use_many_times_at_once_counts_once()
    {
        await _server.LearnAsync(Council.Lesson("many"));
        var fix = await _server.ProposeAsync(Some.Fix("user"));

        await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => _server.ApplyAsync("many", new { fixId = fix.Id, success = true })));

        Assert.Equal((1L, 1L, 0L), Counts(await _server.LearningAsync("many")));
    }

    [Fact]
    public async Task An_unknown_fix_is_400_and_an_unknown_pattern_404()
    {
        await _server.LearnAsync(Council.Lesson("strict"));
        await _server.RefusedAsync(400, "validation_failed", () => _server.ApplyAsync("strict", new { fixId = new Guid(1, 2, 3, new byte[8]) }), "fixId");
        await _server.RefusedAsync(404, "not_found", () => _server.ApplyAsync("no-such-pattern", new { success = true }));
    }

    [Theory]
    [InlineData("""{"fixId":"x"}""", "fixId")]
    [InlineData("""{"success":"true"}""", "success")]
    [InlineData("""{"success":1}""", "success")]
    [InlineData("""{"expertise":1}""", "expertise")]
    [InlineData("[]", null)]
    [InlineData("null", null)]
    [InlineData("", null)]
    public async Task A_bad_use_changes_nothing(string body, string? field)
    {
        if ((await _server.GetAsync("/learnings/unmoved")).Status == 404)
            await _server.LearnAsync(Council.Lesson("unmoved"));
        await _server.RefusedAsync(400, "validation_failed", () => _server.ApplyAsync("unmoved", body), field);
    }

    [Theory]
    [InlineData(3, 0, true)]
    [InlineData(2, 0, false)]
    [InlineData(2, 1, false)]
    [InlineData(3, 1, false)]
    [InlineData(4, 1, true)]
    [InlineData(8, 2, true)]
    public async Task Three_uses_of_which_80_percent_worked_validate_it(int successes, int failures, bool validated)
    {
        var pattern = $"validates-{successes}-{failures}";
        await _server.LearnAsync(Council.Lesson(pattern, confidence: 0));
        for (var i = 0; i < 5; i++)
            await _server.ApplyAsync(pattern, "{}"); // of unknown outcome
        for (var i = 0; i < successes + failures; i++)
            await _server.ApplyAsync(pattern, new { success = i >= failures });

        Assert.Equal(validated, (await _server.LearningAsync(pattern)).ValidatedAt is not null);
    }

    [Fact]
    public async Task When_a_learning_is_validated_is_a_setting()
    {
        await using var server = await WitanServer.StartAsync(one.Clock, settings => settings with { Learnings = new LearningRules(1, 0.5) });
        await server.LearnAsync(Council.Lesson("quick"));
        Assert.Null((await server.LearningAsync("quick")).ValidatedAt);

        Assert.Equal(one.Clock.GetUtcNow(), (await server.ApplyAsync("quick", new { success = true })).As<Learning>().ValidatedAt);
    }

    private static (long, long, long) Counts(Learning learning) => (learning.TimesApplied, learning.Successes, learning.Failures);
}
