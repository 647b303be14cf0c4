using BenchmarkDotNet.Attributes;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Benchmarks;

/// <summary>What the track records of the bundled outcomes cost to make, and what training on them takes.</summary>
[MemoryDiagnoser]
public class TrackRecordGrowth
{
    private List<OutcomeEvent> _events = null!;

    [GlobalSetup]
    public void Load() => _events = BundledOutcomes.Read();

    [Benchmark]
    public RecordBook FromTheLog() => RecordBook.Of(_events);

    [Benchmark]
    public TrainingResult Train() => Trainer.Train(new OutcomeHistory(_events), null, 0.85, null, CancellationToken.None);
}
