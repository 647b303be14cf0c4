using Witan.Intelligence;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.Models;

public sealed class LinearScorerTests
{
    private static readonly LinearScorer TrackRecord = LinearScorer.TrackRecord;

    [Fact]
    public void The_track_record_is_agent_plus_issue_less_fleet_when_nothing_else_is_known()
    {
        var book = RecordBook.Of([
            .. "+++-".Select((result, i) => Given.Outcome(i + 1, Given.Attempt("ada", "crash", at: i), i + 0.5, result == '+')),
            .. "--+--".Select((result, i) => Given.Outcome(i + 11, Given.Attempt("bob", "leak", at: i), i + 0.5, result == '+')),
        ]);
        var attempt = Given.Attempt("ada", "leak", at: 99);

        var fleet = Standing(Level.Fleet).SmoothedRate(0.5, 2);
        var agent = Standing(Level.Agent).SmoothedRate(fleet, 20);
        var issue = Standing(Level.Issue).SmoothedRate(fleet, 2);

        var sum = LogOdds.Of(agent) + LogOdds.Of(issue) - LogOdds.Of(fleet);
        var recent = book.RecalibrationAsOf(attempt.ProposedAt);
        Assert.NotEqual(default, recent);
        Assert.Equal(LogOdds.ToProbability(sum + recent.Intercept + (recent.Slope * sum)), TrackRecord.Judge(Features(book, attempt.AgentId)).Probability, 1e-12);

        Standing Standing(Level level) => book.AsOf(level, attempt, attempt.ProposedAt);
    }

    [Fact]
    public void The_agents_own_attempts_on_the_issue_move_the_track_record()
    {
        var others = Vectors.WithRates((Level.Agent, 0.6, 50), (Level.Issue, 0.6, 20));
        var failedBefore = Vectors.WithRates((Level.Agent, 0.6, 50), (Level.Issue, 0.6, 20), (Level.AgentIssue, 0.1, 4));

        Assert.Equal(0.1, TrackRecord.Judge(failedBefore).Probability, 1e-9);
        Assert.True(TrackRecord.Judge(others).Probability > 0.6);
    }

    [Fact]
    public void With_nothing_known_the_track_record_says_one_half_and_is_unsure()
    {
        var judgement = TrackRecord.Judge(Vectors.WithRates());

        Assert.Equal(0.5, judgement.Probability, 1e-12);
        Assert.True(judgement.High - judgement.Low > 0.3);
    }

    [Fact]
    public void Contributions_and_the_intercept_sum_to_the_logit()
    {
        var scorer = TrainedModel.Linear;
        foreach (var features in Vectors.Newest(TrainedModel.World, 50, scorer.Schema))
        {
            var logit = scorer.Terms.Intercept + scorer.Contributions(features).Sum();
            Assert.Equal(scorer.Judge(features).Probability, LogOdds.ToProbability(logit), 1e-12);
        }
    }

    [Fact]
    public void The_interval_holds_the_probability_and_stays_between_0_and_1()
    {
        var features = Vectors.Newest(TrainedModel.World, 100, TrainedModel.Scorer.Schema);
        var trained = features.Select(f => TrainedModel.Linear.Judge(f));
        var untrained = features.Select(f => TrackRecord.Judge(f.AsSpan(0, FeatureSchema.CoreCount)));
        foreach (var judgement in trained.Concat(untrained))
        {
            Assert.True(judgement.Low < judgement.Probability && judgement.Probability < judgement.High);
            Assert.InRange(judgement.Low, 0, 1);
            Assert.InRange(judgement.High, 0, 1);
        }
    }

    [Fact]
    public void The_interval_narrows_as_more_outcomes_at_the_same_rates_are_known()
    {
        var widths = new[] { 2, 8, 40, 200 }.Select(n => Width(TrackRecord.Judge(
            Vectors.WithRates((Level.Fleet, 0.5, 10 * n), (Level.Agent, 0.7, n), (Level.Issue, 0.8, n)))));

        Assert.Equal(widths.OrderDescending(), widths);
        Assert.Distinct(widths);
    }

    [Fact]
    public void A_new_agent_or_a_new_issue_is_judged_with_a_wider_interval()
    {
        var known = TrackRecord.Judge(Vectors.WithRates((Level.Fleet, 0.5, 500), (Level.Agent, 0.5, 100), (Level.Issue, 0.5, 20)));

        Assert.True(Width(known) < Width(TrackRecord.Judge(Vectors.WithRates((Level.Fleet, 0.5, 500), (Level.Issue, 0.5, 20)))));
        Assert.True(Width(known) < Width(TrackRecord.Judge(Vectors.WithRates((Level.Fleet, 0.5, 500), (Level.Agent, 0.5, 100)))));
    }

    [Fact]
    public void Uncertain_coefficients_widen_the_interval_away_from_the_mean()
    {
        var n = FeatureSchema.Core.Count;
        var covariance = new double[(n + 1) * (n + 2) / 2];
        covariance[^1] = 0.25; // the variance of the last weight; its feature is no rate
        var scorer = new LinearScorer("logistic", FeatureSchema.Core, new(0, new double[n], new double[n], covariance));
        var features = Vectors.WithRates((Level.Issue, 0.5, 9));
        features[^1] = 2;

        Assert.Equal(0.5 * 0.5 * 2 * 2, scorer.Estimate(features).Variance, 1e-12);
        Assert.Equal(0, scorer.Estimate(Vectors.WithRates((Level.Issue, 0.5, 9))).Variance);
    }

    [Fact]
    public void A_new_issue_is_as_uncertain_as_issues_differ_even_to_a_model_that_never_saw_one()
    {
        var n = FeatureSchema.Core.Count;
        var blind = new LinearScorer("logistic", FeatureSchema.Core, new(0, new double[n], new double[n], []));

        Assert.Equal(1 / (Level.Issue.Rule().Prior * 0.25), blind.Estimate(Vectors.WithRates((Level.Agent, 0.5, 99))).Variance, 1e-9);
        Assert.Equal(0, blind.Estimate(Vectors.WithRates((Level.Agent, 0.5, 99), (Level.Issue, 0.5, 1))).Variance);
    }

    [Fact]
    public void How_the_agent_stands_out_in_the_domain_counts_half()
    {
        var standsOut = Vectors.WithRates((Level.Agent, 0.6, 50), (Level.AgentDomain, 0.8, 50));

        Assert.Equal((LogOdds.Of(0.6) + LogOdds.Of(0.8)) / 2, TrackRecord.Estimate(standsOut).Logit, 1e-9);
    }

    [Fact]
    public void The_covariance_of_the_coefficients_adds_its_quadratic_form_to_the_variance()
    {
        var scorer = TrainedModel.Linear;
        var certain = new LinearScorer(scorer.Kind, scorer.Schema, scorer.Terms with { Covariance = [] });
        foreach (var features in Vectors.Newest(TrainedModel.World, 20, scorer.Schema))
        {
            var added = scorer.Estimate(features).Variance - certain.Estimate(features).Variance;
            Assert.Equal(QuadraticForm(scorer.Terms, features), added, 1e-12);
        }
    }

    [Fact]
    public void Terms_that_do_not_fit_the_schema_are_refused()
    {
        var n = FeatureSchema.Core.Count;

        Assert.Throws<ArgumentOutOfRangeException>(() => new LinearScorer("logistic", FeatureSchema.Core, new(0, new double[n - 1], new double[n], [])));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LinearScorer("logistic", FeatureSchema.Core, new(0, new double[n], new double[n + 1], [])));
    }

    private static double Width(Judgement judgement) => judgement.High - judgement.Low;

    private static double QuadraticForm(LinearTerms terms, double[] features)
    {
        double[] x = [1, .. features.Select((feature, j) => feature - terms.Means[j])];
        var sum = 0.0;
        for (var i = 0; i < x.Length; i++)
        {
            for (var j = 0; j < x.Length; j++)
                sum += x[i] * x[j] * terms.Covariance[(Math.Max(i, j) * (Math.Max(i, j) + 1) / 2) + Math.Min(i, j)];
        }
        return sum;
    }

    private static double[] Features(RecordBook book, string agent)
    {
        var features = new double[FeatureSchema.Core.Count];
        FeatureExtractor.Extract(book, Given.Attempt(agent, "leak", at: 99), FeatureSchema.Core, features);
        return features;
    }
}
