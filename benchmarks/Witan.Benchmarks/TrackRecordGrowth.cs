using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Benchmarks;

/// <summary>What the track records of the bundled outcomes cost to make, and what training on them takes.</summary>
[MemoryDiagnoser]
[SimpleJob(RunStrategy.Monitoring, launchCount: 1, warmupCount: 1, iterationCount: 5)]
public class TrackRecordGrowth
{
    private List<OutcomeEvent> _events = null!;

    [GlobalSetup]
    public void Load() => _events = BundledOutcomes.Read();

    [Benchmark]
    public RecordBook FromTheLog() => RecordBook.Of(_events);

    [Benchmark]
    public TrainingResult TrainAll() => Trainer.Train(new(_events), new(), null, CancellationToken.None);

    [Benchmark]
    public TrainingResult TrainQuickly() => Trainer.Train(new(_events), new() { Kinds = TrainingOptions.QuickKinds }, null, CancellationToken.None);
}
