using Witan.Intelligence.Features;
using Witan.Intelligence.Models;

namespace Witan.Intelligence.Training;

/// <summary>
/// Out-of-time scores: the newer part of a sample in blocks, each scored by parts that were fitted on what was known when it
/// began (prequential, Dawid 1984). Everything that is chosen (weights, calibration, champion) is chosen on these.
/// </summary>
internal sealed class Backtest
{
    // Where the blocks begin, as shares of the sample; the first part is only learned from.
    private static readonly double[] Starts = [0.40, 0.55, 0.70, 0.85];

    private readonly TrainingSample _sample;
    private readonly List<DateTimeOffset> _starts = [];
    private readonly List<int> _rows = [];
    private readonly List<int> _blocks = [];
    private readonly Dictionary<string, List<double>> _logits = [];

    private Backtest(TrainingSample sample, IReadOnlyList<string> kinds)
    {
        (_sample, Kinds) = (sample, kinds);
        foreach (var kind in kinds)
            _logits[kind] = [];
    }

    /// <summary>The parts that were fitted.</summary>
    public IReadOnlyList<string> Kinds { get; }

    /// <summary>How many blocks there are.</summary>
    public int Blocks => _blocks.Count == 0 ? 0 : _blocks[^1] + 1;

    /// <summary>How many fixes were scored.</summary>
    public int Count => _rows.Count;

    /// <summary>Scores the newer part of a sample; nothing where all of it was proposed or known at one moment.</summary>
    public static Backtest Run(TrainingSample sample, IReadOnlyList<string> kinds, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        var test = new Backtest(sample, kinds);
        var starts = Starts.Select(share => sample.Attempts[(int)(share * sample.Attempts.Count)].Attempt.ProposedAt).Distinct().ToList();
        test._starts.AddRange(starts);
        for (var block = 0; block < starts.Count; block++)
        {
            var past = sample.KnownBy(starts[block]);
            var end = block + 1 < starts.Count ? starts[block + 1] : DateTimeOffset.MaxValue;
            if (past.Rows.Count > 0)
                test.Score(past, block, starts[block], end, starts.Count, progress, cancel);
        }
        return test;
    }

    /// <summary>The fix that was scored at a place.</summary>
    public ResolvedAttempt Attempt(int place) => _sample.Attempts[_rows[place]];

    /// <summary>Its features.</summary>
    public double[] Row(int place) => _sample.Rows[_rows[place]];

    /// <summary>Whether it succeeded.</summary>
    public bool Label(int place) => _sample.Labels[_rows[place]];

    /// <summary>The block that it is in, from 0.</summary>
    public int Block(int place) => _blocks[place];

    /// <summary>When a block began: what was known then is what its scores may rest on.</summary>
    public DateTimeOffset Start(int block) => _starts[block];

    /// <summary>True when outcomes on its issue were known.</summary>
    public bool KnowsIssue(int place) => FeatureSchema.KnowsIssue(Row(place));

    /// <summary>The logit that a part gave it.</summary>
    public double Logit(string kind, int place) => _logits[kind][place];

    private void Score(TrainingSample past, int block, DateTimeOffset start, DateTimeOffset end, int blocks, IProgress<TrainingProgress>? progress, CancellationToken cancel)
    {
        var rows = Enumerable.Range(0, _sample.Rows.Count).Where(i => _sample.Attempts[i].Attempt.ProposedAt >= start && _sample.Attempts[i].Attempt.ProposedAt < end).ToList();
        _rows.AddRange(rows);
        _blocks.AddRange(rows.Select(_ => block));
        var known = rows.Select(i => FeatureSchema.KnowsIssue(_sample.Rows[i])).ToList();
        var (warm, cold) = (past.OnKnownIssues(), past.WithoutIssues());
        for (var k = 0; k < Kinds.Count; k++)
        {
            progress?.Report(new($"out-of-time scores, block {block + 1} of {blocks}: {Kinds[k]}", ((double)block + ((double)k / Kinds.Count)) / blocks));
            var unknownPart = known.Contains(false) || warm.Rows.Count == 0 ? Parts.Fit(Kinds[k], cold, knowsIssue: false, cancel) : null;
            var knownPart = known.Contains(true) && warm.Rows.Count > 0 ? Parts.Fit(Kinds[k], warm, knowsIssue: true, cancel) : unknownPart;
            _logits[Kinds[k]].AddRange(rows.Select((i, at) => (known[at] ? knownPart : unknownPart)!.Estimate(_sample.Rows[i]).Logit));
        }
    }
}
