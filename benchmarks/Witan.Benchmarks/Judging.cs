using BenchmarkDotNet.Attributes;
using Witan.Fixes;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Benchmarks;

/// <summary>The answer to one proposal, in process, on the 27,808 bundled outcomes: a different attempt each time.</summary>
[MemoryDiagnoser]
public class Judging
{
    private RecordBook _book = null!;
    private IScorer _logistic = null!;
    private IScorer _ensemble = null!;
    private Attempt[] _attempts = null!;
    private double[] _features = null!;
    private int _next;

    [GlobalSetup]
    public void Load()
    {
        var history = new OutcomeHistory(BundledOutcomes.Read());
        _book = history.Records;
        var trained = Trainer.Train(history, new(), null, CancellationToken.None);
        _logistic = trained.Artefacts.First(a => a.Kind == "logistic").ToScorer();
        _ensemble = trained.Artefacts.First(a => a.Kind == "ensemble").ToScorer();
        _attempts = [.. history.Attempts.Where((_, i) => i % 7 == 0).Select(a => a.Attempt)];
        _features = new double[_logistic.Schema.Count];
    }

    [Benchmark]
    public Evidence Features() => FeatureExtractor.Extract(_book, Next(), _logistic.Schema, _features);

    [Benchmark]
    public Factor[] WholeAnswerOfTheLogistic() => Answer(_logistic);

    /// <summary>Features, ensemble (logistic, boosted trees, two forests) with its interval, and the factors in words.</summary>
    [Benchmark]
    public Factor[] WholeAnswerOfTheEnsemble() => Answer(_ensemble);

    private Factor[] Answer(IScorer scorer)
    {
        FeatureExtractor.Extract(_book, Next(), scorer.Schema, _features);
        _ = scorer.Judge(_features);
        return Explanation.Factors(scorer, _features, 8);
    }

    private Attempt Next() => _attempts[_next = (_next + 1) % _attempts.Length];
}
