using System.Globalization;
using Witan.Intelligence.Training;
using Witan.Server.Fixes;
using Witan.Server.Models;
using Witan.Server.Storage;
using Witan.Server.TrackRecords;

namespace Witan.Server.Retraining;

/// <summary>Whether models are retrained without being asked.</summary>
internal sealed record RetrainingRules(bool Enabled = true);

/// <summary>
/// Keeps the champion fresh: trains when enough outcomes came, when what comes is unlike what the champion was trained on, when
/// its numbers stop being true, or when a week has passed. The reason is stored with the training.
/// </summary>
internal sealed partial class RetrainingSchedule(
    OutcomeLog log, ModelStore store, ModelRegistry registry, ModelTraining training, DriftWatch drift, FixStore fixes,
    Duties duties, WriteQueue writes, TimeProvider clock, RetrainingRules rules, ILogger<RetrainingSchedule> logger)
    : Periodic("Whether to train is decided", TimeSpan.FromSeconds(1), clock, logger)
{
    private const double Growth = 0.25;      // of the outcomes that the last training saw
    private const int LeastGrowth = 100;
    private const int LeastForClock = 50;
    private const int CalibrationWindow = 500;
    private const int LeastForCalibration = 200;
    private const double CalibrationError = 0.05;
    private const double StandardErrors = 3.3;

    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    private (long Outcomes, DateTimeOffset At)? _last;
    private long _checked;

    protected override bool IsNeeded => rules.Enabled;

    protected override async Task TurnAsync(CancellationToken cancel)
    {
        if (await duties.AreMineAsync(cancel))
            await CheckAsync(cancel);
    }

    /// <summary>Begins a training if there is a reason for one now.</summary>
    internal async Task CheckAsync(CancellationToken cancel)
    {
        var outcomes = log.Read(book => (long)book.Count);
        if (outcomes < Trainer.LeastOutcomes || training.IsRunning)
            return;
        var newest = await store.NewestTrainingAsync(cancel);
        if (newest is not null && (_last is null || newest.Value.At > _last.Value.At))
            _last = newest;
        if (await ReasonAsync(outcomes, cancel) is not { } reason)
            return;
        _last = (outcomes, Clock.GetUtcNow()); // also when it is refused: the next try waits for more
        await writes.RunAsync(training.Start, reason);
        LogBegun(Log, reason);
    }

    private async Task<string?> ReasonAsync(long outcomes, CancellationToken cancel)
    {
        if (_last is not { } last)
            return $"the first {outcomes} outcomes are known";
        var (serving, fresh) = (registry.Serving, outcomes - last.Outcomes);
        if (fresh >= Math.Max(LeastGrowth, Growth * last.Outcomes))
            return $"{fresh} outcomes came since the last training saw {last.Outcomes}";
        if (fresh >= LeastForClock && Clock.GetUtcNow() - last.At >= Week)
            return $"a week has passed since the last training, and {fresh} outcomes came";
        if (serving.Fault is not null && _checked != outcomes)
        {
            _checked = outcomes;
            return $"the champion cannot be used: {serving.Fault}";
        }
        if (fresh < LeastGrowth || outcomes - _checked < LeastForClock || serving.Artefact is not { } champion)
            return null;
        _checked = outcomes;
        return drift.Alarm(serving.Version, champion) ?? await MiscalibratedAsync(serving.Version, cancel);
    }

    // The mean probability of the latest fixes against what happened.
    private async Task<string?> MiscalibratedAsync(string version, CancellationToken cancel)
    {
        var latest = await fixes.ResolvedScoresAsync(version, CalibrationWindow, cancel);
        if (latest.Count < LeastForCalibration)
            return null;
        var error = latest.Average(f => f.Confidence) - latest.Average(f => f.Success ? 1.0 : 0);
        var deviation = Math.Sqrt(latest.Sum(f => f.Confidence * (1 - f.Confidence))) / latest.Count;
        return Math.Abs(error) > Math.Max(CalibrationError, StandardErrors * deviation)
            ? string.Create(CultureInfo.InvariantCulture, $"calibration: the mean probability of the last {latest.Count} fixes was {error:+0.00;-0.00} off what happened")
            : null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Training begins: {Reason}")]
    private static partial void LogBegun(ILogger logger, string reason);
}
