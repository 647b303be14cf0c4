using BenchmarkDotNet.Attributes;
using Witan.Fixes;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Benchmarks;

/// <summary>The whole answer of the ensemble with 10,000 agents, all of which have tried one issue and twenty others.</summary>
[MemoryDiagnoser]
public class Crowd
{
    private const int Agents = 10_000, Others = 20, OtherIssues = 500;

    private RecordBook _book = null!;
    private IScorer _ensemble = null!;
    private double[] _features = null!;
    private int _next;

    [GlobalSetup]
    public void Load()
    {
        var random = new Random(3);
        _ensemble = Trainer.Train(new(BundledOutcomes.Read()), new(), null, CancellationToken.None).Artefacts.First(a => a.Kind == "ensemble").ToScorer();
        _features = new double[_ensemble.Schema.Count];
        var log = new List<OutcomeEvent>(Agents * (Others + 1));
        for (var i = 0; i < Agents * (Others + 1); i++)
        {
            var attempt = Attempt(i % Agents, i < Agents ? "crowded" : $"issue-{random.Next(OtherIssues)}", i);
            log.Add(new() { Sequence = i + 1, FixId = new(i + 1, 0, 0, new byte[8]), Attempt = attempt, OccurredAt = attempt.ProposedAt.AddSeconds(2), Success = random.NextDouble() < 0.4 });
        }
        _book = RecordBook.Of(log);
    }

    [Benchmark]
    public Factor[] WholeAnswer()
    {
        FeatureExtractor.Extract(_book, Attempt(_next = (_next + 7) % Agents, "crowded", 10_000_000), _ensemble.Schema, _features);
        _ = _ensemble.Judge(_features);
        return Explanation.Factors(_ensemble, _features, 8);
    }

    private static Attempt Attempt(int agent, string issue, int second) => new()
    {
        AgentId = $"agent-{agent}", Family = $"family-{agent % 40}", Model = $"model-{agent % 9}", Strategy = "code_patch", Issue = issue, Repository = "one",
        ProposedAt = DateTimeOffset.UnixEpoch.AddSeconds(second),
    };
}
