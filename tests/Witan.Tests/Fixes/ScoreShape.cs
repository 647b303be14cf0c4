using MathNet.Numerics.Distributions;

namespace Witan.Tests.Fixes;

/// <summary>A world in which it is known how scores and the probabilities of success hang together.</summary>
internal sealed class ScoreShape
{
    private const int SampleSize = 200_000; // of which the true shares and failure rates are computed

    private static readonly Dictionary<string, ScoreShape> Shapes = new()
    {
        ["calibrated"] = new(random => Logit(random, 2, 2.5) is var x ? (Probability(x), Probability(x)) : default),
        ["calibrated, never above 97 %"] = new(random => Logit(random, 2, 2.5) is var x ? (Probability(x), 0.97 * Probability(x)) : default),
        ["overconfident"] = new(random => Logit(random, 1, 1.3) is var x ? (Probability(2 * x), Probability(x)) : default),
        ["underconfident"] = new(random => Logit(random, 2, 2.5) is var x ? (Probability(0.6 * x), Probability(x)) : default),
        ["useless"] = new(random => (0.5 + (0.5 * random.NextDouble()), 0.945)), // the budget of 5 % is broken at every threshold
        ["good whatever the score"] = new(random => (0.5 + (0.5 * random.NextDouble()), 0.98)),
        ["worst at the top"] = new(random => 0.5 + (0.5 * random.NextDouble()) is var score ? (score, score > 0.97 ? 0.90 : score > 0.85 ? 0.97 : 0.90) : default),
    };

    private readonly Func<Random, (double Score, double Truth)> _fix;
    private readonly Lazy<(double Score, double Truth)[]> _sample;

    private ScoreShape(Func<Random, (double Score, double Truth)> fix)
    {
        _fix = fix;
        _sample = new(() =>
        {
            var random = new Random(20231010);
            return [.. Enumerable.Range(0, SampleSize).Select(_ => fix(random)).OrderByDescending(f => f.Score)];
        });
    }

    public static string[] Names => [.. Shapes.Keys];

    public static ScoreShape Of(string name) => Shapes[name];

    public (double Score, bool Succeeded)[] Draw(Random random, int count)
    {
        var outcomes = new (double, bool)[count];
        for (var i = 0; i < count; i++)
        {
            var (score, truth) = _fix(random);
            outcomes[i] = (score, random.NextDouble() < truth);
        }
        return outcomes;
    }

    public double ShareFrom(double threshold) => _sample.Value.Count(fix => fix.Score >= threshold) / (double)SampleSize;

    public double FailureRateFrom(double threshold) => 1 - _sample.Value.TakeWhile(fix => fix.Score >= threshold).Average(fix => fix.Truth);

    private static double Logit(Random random, double mean, double deviation) => Normal.Sample(random, mean, deviation);

    private static double Probability(double logit) => 1 / (1 + Math.Exp(-logit));
}
