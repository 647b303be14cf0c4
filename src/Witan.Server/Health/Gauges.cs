using System.Data.Common;
using Witan.Server.Agents;
using Witan.Server.Fixes;
using Witan.Server.Learnings;
using Witan.Server.Models;
using Witan.Server.Platform.Caching;
using Witan.Server.Platform.RateLimiting;
using Witan.Server.Platform.Telemetry;
using Witan.Server.Retraining;
using Witan.Server.Storage;

namespace Witan.Server.Health;

/// <summary>What is looked at when metrics are read, and what has to be asked of the database for it, every few seconds.</summary>
internal sealed class Gauges(
    Instruments instruments, HealthCheck health, Database database, WriteQueue writes, ModelRegistry models, LearningLibrary learnings, FixMetrics fixes, AgentStore agents, DriftWatch drift,
    AgentNames names, CacheLink cache, Buckets buckets, TimeProvider clock, ILogger<Gauges> log)
    : Periodic("Gauges are read", TimeSpan.FromSeconds(5), clock, log, atOnce: true)
{
    private static readonly TimeSpan Active = TimeSpan.FromHours(24);

    private volatile Looked _looked = new(double.NaN, null);

    /// <summary>Names the busiest agents and begins to measure.</summary>
    public async Task BeginAsync(CancellationToken cancel)
    {
        names.Name(await agents.BusiestAsync(AgentNames.Most, cancel));
        database.ReadEnded = took => instruments.QueryDuration.Record(took.TotalMilliseconds, Instruments.Label("operation", "read"));
        writes.WhenCommitted(commit =>
        {
            instruments.CommitSize.Record(commit.Writes);
            instruments.QueryDuration.Record(commit.Took.TotalMilliseconds, Instruments.Label("operation", "write"));
        });
        instruments.Gauge("agent_active_count", "Agents seen in the last 24 hours.", () => _looked.Agents);
        instruments.Gauge("agent_learning_patterns_total", "Learnings that are known.", () => learnings.Count);
        instruments.Gauge("db_connections_active", "Reads that have a connection now.", () => database.ActiveReads);
        instruments.Gauge("db_write_queue_depth", "Writes that wait for a transaction.", () => writes.Depth);
        instruments.Gauges("system_health_status", "State of each dependency: 1 ok, 0.5 degraded, 0 unavailable; NaN when unknown.", "dependency", States);
        instruments.Gauges("db_statistics_age_seconds", "How old the numbers of each summary are; 0 where they are made anew for each answer.", "summary", Ages);
        instruments.Gauges("ml_model_info", "1 for the scorer that answers; NaN for those that did before.", "version", () => [(models.Serving.Version, 1)]);
        instruments.Gauge("ml_calibration_error", "Mean probability minus realised rate of the latest outcomes that this node was told.", () => fixes.CalibrationError);
        instruments.Gauge("ml_calibration_outcomes", "How many outcomes the calibration error is of.", () => fixes.CalibrationOutcomes);
        instruments.Gauge("ml_drift_ratio", "The worst population stability index of the last proposals, as a share of what raises the alarm; above 1 is drift.", () => models.Serving.Artefact is { } champion ? drift.Worst(models.Serving.Version, champion)?.Ratio ?? double.NaN : double.NaN);
        instruments.Gauges("circuit_open", "Whether calls to Redis are suspended, by what they are for.", "circuit", Circuits);
        instruments.Gauge("ratelimit_partitions", "Buckets in memory.", () => buckets.Count);
    }

    protected override Task TurnAsync(CancellationToken cancel) => LookAsync(cancel);

    private async Task LookAsync(CancellationToken cancel)
    {
        try
        {
            var checkup = await health.CheckAsync(cancel);
            var isThere = checkup.Answer.Dependencies["database"].Status == "ok";
            _looked = new(
                isThere ? await agents.CountSeenAsync(Clock.GetUtcNow() - Active, cancel) : double.NaN,
                checkup);
        }
        catch (Exception e) when (e is DbException or StorageFault or OperationCanceledException or TimeoutException)
        {
            _looked = _looked with { Health = null }; // unknown is not healthy; why, the log of the heartbeat says
        }
    }

    private IEnumerable<(string, double)> States() => _looked.Health is not { } health ? [] : health.Answer.Dependencies
        .Where(dependency => dependency.Value.Status != "unknown")
        .Select(dependency => (dependency.Key, dependency.Value.Status switch { "ok" => 1, "degraded" => 0.5, _ => 0 }));

    private IEnumerable<(string, double)> Ages() => _looked.Health?.Ages is not { } ages ? [] : ages
        .Where(age => age.Value is not null)
        .Select(age => (age.Key, database.NeedsRefresh ? (Clock.GetUtcNow() - age.Value!.Value).TotalSeconds : 0));

    private IEnumerable<(string, double)> Circuits()
    {
        foreach (var link in new[] { cache.Link, buckets.Server?.Link })
        {
            if (link is not null)
                yield return (link.Purpose, link.IsUp ? 0 : 1);
        }
    }

    /// <summary>What was found when the database was last asked.</summary>
    private sealed record Looked(double Agents, Checkup? Health);
}
