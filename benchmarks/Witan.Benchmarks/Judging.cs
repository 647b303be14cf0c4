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
    private Attempt[] _attempts = null!;
    private double[] _features = null!;
    private int _next;

    [GlobalSetup]
    public void Load()
    {
        var events = BundledOutcomes.Read();
        var history = new OutcomeHistory(events);
        _book = history.Records;
        _logistic = Trainer.Train(history, null, 0.85, null, CancellationToken.None).Artefact!.ToScorer();
        _attempts = [.. history.Attempts.Where((_, i) => i % 7 == 0).Select(a => a.Attempt)];
        _features = new double[_logistic.Schema.Count];
    }

    [Benchmark]
    public Evidence Features() => FeatureExtractor.Extract(_book, Next(), _logistic.Schema, _features);

    [Benchmark]
    public Judgement FeaturesAndScore()
    {
        FeatureExtractor.Extract(_book, Next(), _logistic.Schema, _features);
        return _logistic.Judge(_features);
    }

    [Benchmark]
    public Factor[] FeaturesScoreAndFactors()
    {
        FeatureExtractor.Extract(_book, Next(), _logistic.Schema, _features);
        _ = _logistic.Judge(_features);
        return Explanation.Factors(_logistic, _features, 8);
    }

    private Attempt Next() => _attempts[_next = (_next + 1) % _attempts.Length];
}
