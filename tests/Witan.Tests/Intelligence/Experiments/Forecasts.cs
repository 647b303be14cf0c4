using MathNet.Numerics.Distributions;

namespace Witan.Tests.Intelligence.Experiments;

/// <summary>A fix that two forecasters judged: what they said, the truth behind it and what happened.</summary>
internal readonly record struct JudgedFix(double First, double Second, double Truth, bool Succeeded, bool FirstOnIssue)
{
    public double Difference => Squared(First - Outcome) - Squared(Second - Outcome);

    /// <summary>The difference of Brier scores that was to be expected; the variance of the outcome cancels.</summary>
    public double ExpectedDifference => Squared(First - Truth) - Squared(Second - Truth);

    private double Outcome => Succeeded ? 1 : 0;

    private static double Squared(double x) => x * x;
}

/// <summary>
/// Fixes on issues of unequal difficulty. Each forecaster knows the true probability up to noise in its logit, with the
/// given standard deviation.
/// </summary>
internal sealed record Forecasts
{
    /// <summary>The noise of the first forecaster, for the n-th fix.</summary>
    public required Func<int, double> First { get; init; }

    /// <summary>The noise of the second forecaster, for the n-th fix.</summary>
    public required Func<int, double> Second { get; init; }

    /// <summary>How many fixes are tried on an issue on average; five issues are open at a time.</summary>
    public double FixesPerIssue { get; init; } = 1;

    /// <summary>All fixes on an issue succeed or all fail.</summary>
    public bool SharedFate { get; init; }

    /// <summary>A forecaster errs alike about all fixes on an issue.</summary>
    public bool SharedErrors { get; init; }

    public static Forecasts Of(double first, double second) => new() { First = _ => first, Second = _ => second };

    public IEnumerable<JudgedFix> Draw(Random random, int count)
    {
        var issues = new List<(double Logit, double First, double Second, double Fate)>();
        for (var i = 0; i < count; i++)
        {
            var fresh = issues.Count == 0 || random.NextDouble() < 1 / FixesPerIssue;
            if (fresh)
                issues.Add((0.5 + (1.2 * Noise(random)), SharedErrors ? Noise(random) : 0, SharedErrors ? Noise(random) : 0, random.NextDouble()));
            var issue = fresh ? issues[^1] : issues[Math.Max(0, issues.Count - 1 - random.Next(5))];
            var (first, second) = SharedErrors ? (issue.First, issue.Second) : (Noise(random), Noise(random));
            var truth = Probability(issue.Logit);
            var succeeded = (SharedFate ? issue.Fate : random.NextDouble()) < truth;
            yield return new(Probability(issue.Logit + (First(i) * first)), Probability(issue.Logit + (Second(i) * second)), truth, succeeded, fresh);
        }
    }

    private static double Noise(Random random) => Normal.Sample(random, 0, 1);

    private static double Probability(double logit) => 1 / (1 + Math.Exp(-logit));
}
