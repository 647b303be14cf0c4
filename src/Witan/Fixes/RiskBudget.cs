using MathNet.Numerics.Distributions;

namespace Witan.Fixes;

/// <summary>A threshold for auto-apply with a promise, or why there is none.</summary>
/// <param name="Threshold">The least score that keeps the budget, 0.50 to 0.99; null when none could be certified.</param>
/// <param name="Labels">How many outcomes there were.</param>
/// <param name="Above">How many of them had a score at or above the threshold; without one, at or above the strictest that was tried.</param>
/// <param name="Failures">How many of those failed.</param>
/// <param name="Reason">The same in words.</param>
public sealed record RiskThreshold(double? Threshold, int Labels, int Above, int Failures, string Reason);

/// <summary>
/// Chooses the threshold under which at most a given share of what is applied fails, so that the promise is broken with at
/// most a given probability, whatever the scores are worth: bad scores lead to no threshold and never to a wrong one.
/// </summary>
/// <remarks>
/// "Learn then test" (Angelopoulos, Bates, Candès, Jordan and Lei 2021, "Learn then test: calibrating predictive algorithms
/// to achieve risk control"): a threshold is kept when the hypothesis that it breaks the budget is rejected, by the exact
/// binomial tail P(Bin(n, budget) ≤ failures) ≤ delta. Thresholds are tested from the strictest down and the first that is
/// not rejected ends it (fixed-sequence testing), so no correction for their number is due.
/// Where the sequence starts depends on how many scores lie above a threshold, and never on outcomes. Given the scores, the
/// failures are a sum of unequal Bernoulli variables, whose tail, as far below the mean as it matters here, is no
/// heavier than the binomial one of the same mean (Hoeffding 1956, "On the distribution of the number of successes in
/// independent trials"), so each test holds.
/// The promise takes the outcomes for exchangeable with those to come and independent of each other: choose on recent ones,
/// and watch what follows with <see cref="BudgetMonitor"/>. It holds for each choice by itself; of many choices, one a day,
/// each breaks it with probability delta.
/// </remarks>
public static class RiskBudget
{
    /// <summary>The probability of a broken promise unless another is asked for.</summary>
    public const double DefaultDelta = 0.10;

    // With the least number of labels only a threshold without any failure is kept, and one failure there would end the
    // sequence however well thousands of labels below it did. So with many labels it starts lower: at a tenth of those above
    // the lowest threshold, and at most at six times the least number, where a threshold whose true failure rate is half the
    // budget is kept four times in five.
    private const double StartingShare = 0.10;
    private const int MostOfLeast = 6;

    private static readonly double[] Thresholds = [.. Enumerable.Range(0, 50).Select(i => (99 - i) / 100.0)]; // 0.99, 0.98, ... 0.50

    /// <summary>The lowest threshold such that it and every stricter one tried keep the budget.</summary>
    /// <param name="scores">The scores of fixes with a known outcome, 0 to 1, given before the outcome.</param>
    /// <param name="successes">Whether each succeeded, in the same order.</param>
    /// <param name="budget">The share of applied fixes that may fail, between 0 and 1, for example 0.05.</param>
    /// <param name="delta">The probability with which the share at the chosen threshold may be higher after all, between 0 and 1.</param>
    /// <exception cref="ArgumentException">The spans differ in length, or a number is out of its range.</exception>
    public static RiskThreshold Choose(ReadOnlySpan<double> scores, ReadOnlySpan<bool> successes, double budget, double delta = DefaultDelta)
    {
        if (scores.Length != successes.Length)
            throw new ArgumentException("There is one success or failure for each score.", nameof(successes));
        if (!(budget is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(budget), budget, "A budget lies between 0 and 1.");
        if (!(delta is > 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(delta), delta, "A probability lies between 0 and 1.");
        var (above, failures) = Counts(scores, successes);
        var least = (int)Math.Ceiling(Math.Log(delta) / Math.Log(1 - budget)); // (1 - budget)^n ≤ delta: no failure rejects
        var wanted = Math.Clamp(StartingShare * above[^1], least, MostOfLeast * least);
        var start = Array.FindIndex(above, n => n >= wanted);
        if (start < 0)
        {
            return new(null, scores.Length, above[^1], failures[^1], FormattableString.Invariant(
                $"{above[^1]} known outcomes have a score of at least {Thresholds[^1]:0.00}; {least - above[^1]} more are needed to certify a failure rate of at most {budget:0.#%}"));
        }
        var chosen = start - 1;
        while (chosen + 1 < Thresholds.Length && KeepsBudget(above[chosen + 1], failures[chosen + 1], budget, delta))
            chosen++;
        while (chosen > start && above[chosen - 1] == above[chosen])
            chosen--; // no score lies between: the lower one would promise something of scores that nobody has seen
        return chosen < start
            ? new(null, scores.Length, above[start], failures[start], Refusal(start, above[start], failures[start], budget, delta))
            : new(Thresholds[chosen], scores.Length, above[chosen], failures[chosen], FormattableString.Invariant(
                $"{failures[chosen]} of {above[chosen]} known outcomes with a score of at least {Thresholds[chosen]:0.00} failed: with {1 - delta:0.#%} confidence at most {budget:0.#%} of their like do"));
    }

    private static bool KeepsBudget(int n, int failures, double budget, double delta) => Binomial.CDF(budget, n, failures) <= delta;

    private static string Refusal(int start, int n, int failures, double budget, double delta)
    {
        var known = FormattableString.Invariant($"{failures} of {n} known outcomes with a score of at least {Thresholds[start]:0.00} failed");
        if (failures > budget * n)
            return FormattableString.Invariant($"{known}, which is more than {budget:0.#%}");
        var more = 1;
        while (!KeepsBudget(n + more, failures, budget, delta))
            more++;
        return FormattableString.Invariant($"{known}; {more} more without a failure are needed to certify a failure rate of at most {budget:0.#%}");
    }

    // Of the scores at or above each threshold: how many there are and how many failed.
    private static (int[] Above, int[] Failures) Counts(ReadOnlySpan<double> scores, ReadOnlySpan<bool> successes)
    {
        var (above, failures) = (new int[Thresholds.Length], new int[Thresholds.Length]);
        for (var i = 0; i < scores.Length; i++)
        {
            if (!(scores[i] is >= 0 and <= 1)) // NaN too
                throw new ArgumentOutOfRangeException(nameof(scores), scores[i], "A score lies between 0 and 1.");
            for (var t = Thresholds.Length - 1; t >= 0 && scores[i] >= Thresholds[t]; t--)
            {
                above[t]++;
                failures[t] += successes[i] ? 0 : 1;
            }
        }
        return (above, failures);
    }
}
