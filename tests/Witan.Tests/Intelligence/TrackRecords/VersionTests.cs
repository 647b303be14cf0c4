using CsCheck;
using Witan.Fixes;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.TrackRecords;

/// <summary>An agent that changed its language model, or its make, is known, and less is known of it now.</summary>
public sealed class VersionTests
{
    private static readonly Attempt Before = Given.Attempt() with { Model = "model-1", Family = "coder" };

    public static TheoryData<string?, string?> Changes => new() { { "model-2", "coder" }, { "model-1", "painter" }, { null, "coder" }, { "model-1", null } };

    [Theory]
    [MemberData(nameof(Changes))]
    public void What_other_versions_of_an_agent_did_counts_a_fifth(string? model, string? family)
    {
        var book = RecordBook.Of(Given.Outcomes(Before, "+++-+"));
        var whole = book.AsOf(Level.Agent, Before, Given.At(99));

        var narrowed = book.AsOf(Level.Agent, Before with { Model = model, Family = family }, Given.At(99));

        Assert.Equal((5, 4), (narrowed.Outcomes, narrowed.Successes));
        Assert.Equal(whole.Weight / 5, narrowed.Weight, 1e-12);
        Assert.Equal(whole.WeightedSuccesses / 5, narrowed.WeightedSuccesses, 1e-12);
        Assert.True(whole.Weight > 4.9);
    }

    [Fact]
    public void What_the_new_version_did_itself_counts_in_full()
    {
        var after = Before with { Model = "model-2" };
        var book = RecordBook.Of([.. Given.Outcomes(Before, "++++"), .. Given.Outcomes(after, "--", 11).Select(late => late with { OccurredAt = late.OccurredAt.AddHours(1) })]);

        var (all, now) = (book.AsOf(Level.Agent, Given.Attempt(), Given.At(999)), book.AsOf(Level.Agent, after, Given.At(999)));

        var own = 1 + Level.Agent.Rule().Decay;
        Assert.Equal(own + ((all.Weight - own) / 5), now.Weight, 1e-12);
        Assert.Equal(all.WeightedSuccesses / 5, now.WeightedSuccesses, 1e-12);
        Assert.Equal((6, 4), (now.Outcomes, now.Successes));
    }

    [Fact]
    public void Evidence_counts_stay_and_the_interval_of_the_answer_gets_wider()
    {
        var book = RecordBook.Of([.. Given.Outcomes(Before, "+++++++++-+++-++++"), .. Given.Outcomes(Given.Attempt("bob"), "+-+-+-+-+", 101)]);

        var (stayed, stayedEvidence) = Judged(book, Before);
        var (changed, changedEvidence) = Judged(book, Before with { Model = "model-2", Family = "painter" });

        Assert.Equal(stayedEvidence, changedEvidence);
        Assert.Equal(18, changedEvidence.AgentFixes);
        Assert.True(changed.High - changed.Low > 1.05 * (stayed.High - stayed.Low), $"{changed} against {stayed}");
    }

    [Fact]
    public void An_agent_that_never_said_what_it_is_is_not_affected()
    {
        var silent = Given.Attempt();
        var book = RecordBook.Of(Given.Outcomes(silent, "++-+"));

        var standing = book.AsOf(Level.Agent, silent, Given.At(99));

        Assert.Equal(Enumerable.Range(0, 4).Sum(age => Math.Pow(Level.Agent.Rule().Decay, age)), standing.Weight, 1e-12);
        Assert.True(book.AsOf(Level.Agent, Before, Given.At(99)).Weight < standing.Weight / 4); // once it says so, it is another
    }

    [Fact]
    public void Only_the_record_of_the_agent_is_narrowed()
    {
        var book = RecordBook.Of(Given.Outcomes(Before, "+++"));
        var after = Before with { Model = "model-2" };

        foreach (var rule in Levels.All.Where(rule => rule.Level is not (Level.Agent or Level.Model)))
            Assert.Equal(book.AsOf(rule.Level, Before, Given.At(99)), book.AsOf(rule.Level, after, Given.At(99)));
        Assert.Equal(Standing.Empty, book.AsOf(Level.Model, after, Given.At(99)));
    }

    [Fact]
    public void However_versions_take_turns_no_weight_is_negative_and_a_rate_is_a_rate() =>
        Gen.Select(Gen.Int[0, 3], Gen.Bool).Array[1, 600].Holds(turns =>
        {
            var book = RecordBook.Of(turns.Select((turn, i) => Given.Outcome(i + 1, Version(turn.Item1), i, turn.Item2)));
            for (var version = 0; version < 4; version++)
            {
                var (all, one) = (book.AsOf(Level.Agent, Given.Attempt(), Given.At(9_999)), book.AsOf(Level.Agent, Version(version), Given.At(9_999)));
                Assert.InRange(one.Weight, all.Weight / 5 * (1 - 1e-12), one.Outcomes);
                Assert.InRange(one.WeightedSuccesses, 0, one.Weight);
                Assert.InRange(one.SmoothedRate(0.5, 20), 0.0, 1.0);
            }
        }, times: 60);

    private static Attempt Version(int number) => Given.Attempt() with { Model = $"model-{number}" };

    private static (Judgement Judgement, Evidence Evidence) Judged(RecordBook book, Attempt attempt)
    {
        var features = new double[FeatureSchema.Core.Count];
        var evidence = FeatureExtractor.Extract(book, attempt with { ProposedAt = Given.At(999) }, FeatureSchema.Core, features);
        return (LinearScorer.TrackRecord.Judge(features), evidence);
    }
}
