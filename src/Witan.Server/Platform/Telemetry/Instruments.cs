using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Witan.Server.Platform.Telemetry;

/// <summary>
/// What is counted and measured, with the names under which Prometheus sees it. Labels are bounded: route templates and not paths, words of
/// ours and not of callers, and of agents only some by name (<see cref="AgentNames"/>). docs/metrics.md says what each means.
/// </summary>
internal sealed class Instruments : IDisposable
{
    public const string MeterName = "Witan";

    private static readonly double[] Milliseconds = [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000];
    private static readonly double[] FixMilliseconds = [100, 1_000, 5_000, 15_000, 60_000, 300_000, 900_000, 3_600_000, 14_400_000];
    private static readonly double[] Tenths = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1];
    private static readonly double[] Sizes = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512];

    private readonly Meter _meter = new(MeterName);

    public Instruments()
    {
        Fixes = Counter("agent_fixes_total", "Fixes proposed, reported, succeeded, failed or rolled back.");
        FixDuration = Histogram("agent_fix_duration_ms", "How long fixes took, as reported with their outcome, in milliseconds.", FixMilliseconds);
        FixConfidence = Histogram("agent_fix_confidence", "The probability of success that proposals were answered with.", Tenths);
        CollaborationSuccess = Counter("agent_collaboration_success_total", "Collaborations that ended in success.");
        CollaborationsEnded = Counter("agent_collaborations_ended_total", "Collaborations that ended, by outcome.");
        Votes = Counter("agent_votes_total", "Votes cast or changed.");
        Scores = Histogram("ml_confidence_score", "What scorers said, of proposals and of questions.", Tenths);
        AutoApplied = Counter("agent_auto_applied_outcomes_total", "Outcomes of fixes that were decided auto_apply.");
        HttpDuration = Histogram("http_request_duration_ms", "How long requests took, in milliseconds.", Milliseconds);
        HttpRequests = Cells("http_requests_total", "Requests answered.", "method", "route", "status");
        CacheHits = Cells("cache_hits_total", "Answers that were not made anew: from memory, from Redis, or made for another request.", "level", "kind");
        CacheMisses = Cells("cache_misses_total", "Answers that were made by their route.", "kind");
        QueryDuration = Histogram("db_query_duration_ms", "How long a read had a connection, or a group of writes its transaction, in milliseconds.", Milliseconds);
        CommitSize = Histogram("db_commit_writes", "How many writes shared a transaction.", Sizes);
        LimiterDecisions = Cells("ratelimit_decisions_total", "Requests let through or refused by the limiter.", "policy", "decision");
        LimiterFallbacks = Counter("ratelimit_fallbacks_total", "Decisions made without Redis while it was away.");
        LimiterErrors = Counter("ratelimit_errors_total", "Requests let through because the limiter itself failed.");
        LimiterFallbacks.Add(0); // or Prometheus would not see the first one as an increase
        LimiterErrors.Add(0);
    }

    public Counter<long> Fixes { get; }
    public Histogram<double> FixDuration { get; }
    public Histogram<double> FixConfidence { get; }
    public Counter<long> CollaborationSuccess { get; }
    public Counter<long> CollaborationsEnded { get; }
    public Counter<long> Votes { get; }
    public Histogram<double> Scores { get; }
    public Counter<long> AutoApplied { get; }
    public Histogram<double> HttpDuration { get; }
    public CellCounter HttpRequests { get; }
    public CellCounter CacheHits { get; }
    public CellCounter CacheMisses { get; }
    public Histogram<double> QueryDuration { get; }
    public Histogram<double> CommitSize { get; }
    public CellCounter LimiterDecisions { get; }
    public Counter<long> LimiterFallbacks { get; }
    public Counter<long> LimiterErrors { get; }

    /// <summary>A number that is looked at when metrics are read.</summary>
    public void Gauge(string name, string description, Func<double> value) => _meter.CreateObservableGauge(name, value, description: description);

    /// <summary>
    /// Numbers with a label that are looked at when metrics are read. One that was there and is not any more is unknown, NaN: the exporter
    /// would go on saying what it was.
    /// </summary>
    public void Gauges(string name, string description, string label, Func<IEnumerable<(string Of, double Value)>> values)
    {
        var (seen, gate) = (new HashSet<string>(), new Lock());
        _meter.CreateObservableGauge(name, Read, description: description);

        IEnumerable<Measurement<double>> Read()
        {
            var now = values().ToDictionary(value => value.Of, value => value.Value);
            lock (gate)
            {
                seen.UnionWith(now.Keys);
                return [.. seen.Select(of => new Measurement<double>(now.GetValueOrDefault(of, double.NaN), Label(label, of)))];
            }
        }
    }

    public void Dispose() => _meter.Dispose();

    public static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);

    private CellCounter Cells(string name, string description, params string[] labels)
    {
        var cells = new CellCounter(labels);
        _meter.CreateObservableCounter(name, cells.Read, description: description);
        return cells;
    }

    private Counter<long> Counter(string name, string description) => _meter.CreateCounter<long>(name, description: description);

    private Histogram<double> Histogram(string name, string description, double[] buckets) =>
        _meter.CreateHistogram(name, unit: null, description, tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });
}
