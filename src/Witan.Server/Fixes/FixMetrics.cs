using Witan.Server.Models;
using Witan.Server.Platform.Telemetry;
using Witan.Server.Storage;
using static Witan.Server.Platform.Telemetry.Instruments;

namespace Witan.Server.Fixes;

/// <summary>Counts what happens to fixes, once it is durable.</summary>
internal sealed class FixMetrics(Instruments instruments, AgentNames names, ModelRegistry models)
{
    private const int Window = 500;
    private const string Model = "model";

    private static readonly HashSet<string> Strategies = ["performance", "code_patch", "config_update", "type_annotation", "accessibility", "dependency_fix"];

    private readonly Lock _gate = new();
    private readonly Queue<(double Confidence, bool Success)> _latest = new();
    private string? _champion;

    /// <summary>The mean probability of the champion's latest known outcomes here minus the share that succeeded; NaN without any.</summary>
    public double CalibrationError
    {
        get
        {
            lock (_gate)
                return _latest.Count == 0 ? double.NaN : _latest.Average(fix => fix.Confidence) - _latest.Average(fix => fix.Success ? 1.0 : 0);
        }
    }

    /// <summary>How many outcomes that is of.</summary>
    public int CalibrationOutcomes
    {
        get
        {
            lock (_gate)
                return _latest.Count;
        }
    }

    /// <summary>A fix was scored, whether or not it is stored.</summary>
    public void Scored(string scorer, double? probability)
    {
        if (probability is { } p)
            instruments.Scores.Record(p, Label("scorer", KindOf(scorer)));
    }

    /// <summary>A proposal was stored.</summary>
    public void Proposed(FixRow fix)
    {
        Count(fix, "proposed");
        if (fix.Confidence is { } confidence)
            instruments.FixConfidence.Record(confidence, Label("decision", fix.Decision!));
    }

    /// <summary>The outcome of a fix became known, or changed.</summary>
    public void Ended(FixRow fix)
    {
        Count(fix, fix.Status);
        if (fix.DurationMs is { } duration && fix.State != Witan.Fixes.FixStatus.RolledBack)
            instruments.FixDuration.Record(duration, Label("strategy", StrategyOf(fix)), Label("success", fix.Success == true ? "true" : "false"));
        if (fix.Decision == Words.Of(Witan.Fixes.Decision.AutoApply))
            instruments.AutoApplied.Add(1, Label("result", fix.Status));
        if (fix is { Confidence: { } confidence, Success: { } success, Scorer: { } scorer, RolledBackAt: null })
            Calibrate(scorer, confidence, success);
    }

    private void Calibrate(string scorer, double confidence, bool success)
    {
        var serving = models.Serving;
        if (serving.Artefact is null ? KindOf(scorer) == Model : scorer != serving.Version)
            return; // the champion before, or the other arm of an experiment
        lock (_gate)
        {
            if (_champion != serving.Version)
                _latest.Clear(); // another champion starts over
            _champion = serving.Version;
            _latest.Enqueue((confidence, success));
            if (_latest.Count > Window)
                _latest.Dequeue();
        }
    }

    private void Count(FixRow fix, string @event) =>
        instruments.Fixes.Add(1, Label("agent", names.Of(fix.AgentId)), Label("strategy", StrategyOf(fix)), Label("event", @event));

    private static string StrategyOf(FixRow fix) => Strategies.Contains(fix.FixStrategy) ? fix.FixStrategy : "other";

    // Versions would be ever more labels.
    private static string KindOf(string scorer) => scorer.StartsWith("model-", StringComparison.Ordinal) ? Model : scorer;
}
