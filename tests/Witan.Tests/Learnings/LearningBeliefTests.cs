using CsCheck;
using Witan.Learnings;
using Witan.Tests.Intelligence;

namespace Witan.Tests.Learnings;

public sealed class LearningBeliefTests
{
    // Claims as they come, with the ends and what lies close to them.
    private static readonly Gen<double> Claims = Gen.OneOf(
        Gen.Double[0, 1], Gen.OneOf([0.0, 1.0, 0.5, 1e-9, 1 - 1e-9, 0.001, 0.999, 0.99, 0.95]));

    // Counts as they come, none at all among them.
    private static readonly Gen<long> Counts = Gen.Frequency((1, Gen.Const(0L)), (1, Gen.Long[0, 3]), (1, Gen.Long[0, 300]));

    private static readonly Gen<LearningBelief> Beliefs =
        Gen.Select(Claims, Counts, Counts, Counts, (claim, r, s, f) => new LearningBelief(claim, r, s, f));

    [Theory]
    [InlineData(0.5, 0, 0, 0, 0.5)]
    [InlineData(0.9, 0, 0, 0, 0.9)]
    [InlineData(0.5, 0, 4, 0, 0.75)] // four uses weigh as much as the claim
    [InlineData(0.5, 0, 0, 4, 0.25)]
    [InlineData(1.0, 0, 0, 4, 0.5)]
    [InlineData(0.0, 0, 4, 0, 0.5)]
    [InlineData(0.5, 2, 3, 3, 7.0 / 12)] // a report again counts as a success
    public void A_claim_is_worth_four_uses(double claim, long reinforcements, long successes, long failures, double confidence)
    {
        Assert.Equal(4, LearningBelief.ClaimWeight);
        Assert.Equal(confidence, new LearningBelief(claim, reinforcements, successes, failures).Confidence, 1e-12);
    }

    [Fact]
    public void The_confidence_lies_between_the_claim_and_what_was_seen()
    {
        Beliefs.Holds(b =>
        {
            var seen = b.Reinforcements + b.Successes + b.Failures;
            var rate = seen == 0 ? b.Claim : (b.Reinforcements + b.Successes) / (double)seen;
            Assert.InRange(b.Confidence, Math.Min(b.Claim, rate) - 1e-12, Math.Max(b.Claim, rate) + 1e-12);
        });
    }

    [Fact]
    public void A_success_raises_and_a_failure_lowers_it()
    {
        Beliefs.Holds(b =>
        {
            Rises(b, b with { Successes = b.Successes + 1 });
            Rises(b, b with { Reinforcements = b.Reinforcements + 1 });
            Rises(b with { Failures = b.Failures + 1 }, b);
        }, times: 1_000);
    }

    [Fact]
    public void A_bolder_claim_never_means_less()
    {
        Gen.Select(Beliefs, Claims).Holds(c =>
        {
            var (belief, claim) = c;
            Rises(belief with { Claim = Math.Min(belief.Claim, claim) }, belief with { Claim = Math.Max(belief.Claim, claim) });
        }, times: 1_000);
    }

    [Fact]
    public void The_lower_bound_is_a_number_and_not_above_the_confidence()
    {
        Beliefs.Holds(b =>
        {
            Assert.InRange(b.LowerBound, 0, 1);
            Assert.True(b.LowerBound <= b.Confidence, $"{b}: {b.LowerBound} is above {b.Confidence}");
        }, times: 1_000);
    }

    // From an independent implementation of the distribution (the incomplete beta function of whole numbers, as a sum of binomial terms).
    [Theory]
    [InlineData(0.5, 0, 0, 0, 0.195800106)] // Beta(2, 2)
    [InlineData(0.5, 0, 8, 0, 0.689756552)] // Beta(10, 2)
    [InlineData(0.75, 0, 0, 0, 0.464158883)] // Beta(3, 1)
    [InlineData(1.0, 0, 0, 1, 0.562341325)] // Beta(4, 1)
    public void The_lower_bound_is_the_tenth_percentile(double claim, long reinforcements, long successes, long failures, double bound) =>
        Assert.Equal(bound, new LearningBelief(claim, reinforcements, successes, failures).LowerBound, 1e-6);

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.75)]
    [InlineData(1.0)]
    public void At_the_same_rate_evidence_raises_the_lower_bound(double rate)
    {
        var bounds = new[] { 0, 4, 16, 64, 256, 1024 }.Select(n => new LearningBelief(rate, 0, (long)(n * rate), n - (long)(n * rate)).LowerBound).ToList();

        Assert.Equal(bounds.Order(), bounds);
        Assert.Equal(bounds.Count, bounds.Distinct().Count());
    }

    [Theory]
    [InlineData(0.99)]
    [InlineData(0.999)]
    [InlineData(1.0)]
    public void A_bold_claim_without_use_ranks_below_a_modest_one_that_was_proved(double claim) =>
        Assert.True(new LearningBelief(claim, 0, 0, 0).LowerBound < new LearningBelief(0.5, 0, 40, 0).LowerBound);

    [Fact]
    public void The_surest_claims_are_numbers_too()
    {
        Assert.Equal((0, 0), (new LearningBelief(0, 0, 0, 0).Confidence, new LearningBelief(0, 0, 0, 0).LowerBound));
        Assert.Equal((0, 0), (new LearningBelief(0, 0, 0, 9).Confidence, new LearningBelief(0, 0, 0, 9).LowerBound));
        var sure = new LearningBelief(1, 0, 0, 0);
        Assert.Equal(1, sure.Confidence);
        Assert.InRange(sure.LowerBound, 0.01, 0.99);
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(2, 0, false)]
    [InlineData(3, 0, true)]
    [InlineData(2, 1, false)]
    [InlineData(3, 1, false)]
    [InlineData(4, 1, true)]
    [InlineData(79, 21, false)]
    [InlineData(80, 20, true)]
    public void Three_uses_of_which_four_fifths_worked_validate(long successes, long failures, bool validated) =>
        Assert.Equal(validated, new LearningBelief(0.5, 0, successes, failures).IsValidated(3, 0.8));

    [Fact]
    public void Claims_and_reports_do_not_validate() => Assert.False(new LearningBelief(1, 100, 0, 0).IsValidated(3, 0.8));

    [Fact]
    public void The_rate_asked_for_is_enough_exactly()
    {
        for (var percent = 0; percent <= 100; percent++)
        {
            for (var n = 20; n <= 200; n += 20)
            {
                if (percent * n % 100 != 0)
                    continue;
                var successes = percent * n / 100;
                Assert.True(new LearningBelief(0.5, 0, successes, n - successes).IsValidated(3, percent / 100.0), $"{successes} of {n} at {percent} %");
                if (successes > 0)
                    Assert.False(new LearningBelief(0.5, 0, successes - 1, n - successes + 1).IsValidated(3, percent / 100.0), $"{successes - 1} of {n} at {percent} %");
            }
        }
    }

    private static void Rises(LearningBelief lower, LearningBelief higher)
    {
        Assert.True(higher.Confidence >= lower.Confidence, $"{lower}: {lower.Confidence} above {higher}: {higher.Confidence}");
        Assert.True(higher.LowerBound >= lower.LowerBound - 1e-7, $"{lower}: {lower.LowerBound} above {higher}: {higher.LowerBound}");
    }
}
