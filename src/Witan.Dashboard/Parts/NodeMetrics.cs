using System.Globalization;
using Witan.Client;

namespace Witan.Dashboard.Parts;

/// <summary>What the page of operations shows of a node's metrics.</summary>
public sealed class NodeMetrics(IReadOnlyList<MetricSample> samples)
{
    public long CacheAsked => (long)(Sum("cache_hits_total") + Sum("cache_misses_total"));

    public double? HitRate => CacheAsked == 0 ? null : Sum("cache_hits_total") / CacheAsked;

    public long Requests => (long)Sum("http_requests_total");

    public long Failed => (long)samples.Where(sample => sample.Name == "http_requests_total" && sample.Labels["status"].StartsWith('5')).Sum(sample => sample.Value);

    public long Refused => (long)samples.Where(sample => sample.Name == "ratelimit_decisions_total" && sample.Labels["decision"] == "refused").Sum(sample => sample.Value);

    public long Fallbacks => (long)Sum("ratelimit_fallbacks_total");

    public long Queue => (long)Sum("db_write_queue_depth");

    public double? MeanCommit => Sum("db_commit_writes_count") is > 0 and var commits ? Sum("db_commit_writes_sum") / commits : null;

    public IReadOnlyList<(string Name, bool IsOpen)> Circuits => [.. samples.Where(sample => sample.Name == "circuit_open").Select(sample => (sample.Labels["circuit"], sample.Value > 0))];

    public IReadOnlyList<(string Name, double Seconds)> Ages => [.. samples.Where(sample => sample.Name == "db_statistics_age_seconds").Select(sample => (sample.Labels["summary"], sample.Value))];

    /// <summary>Within how many milliseconds a share of all requests was answered: the upper bound of the histogram's bucket, or null without requests.</summary>
    public double? Latency(double share)
    {
        var buckets = samples.Where(sample => sample.Name == "http_request_duration_ms_bucket")
            .GroupBy(sample => sample.Labels["le"] == "+Inf" ? double.PositiveInfinity : double.Parse(sample.Labels["le"], CultureInfo.InvariantCulture))
            .Select(bucket => (Bound: bucket.Key, Count: bucket.Sum(sample => sample.Value))).OrderBy(bucket => bucket.Bound).ToList();
        return buckets is [] || buckets[^1].Count == 0 ? null : buckets.First(bucket => bucket.Count >= share * buckets[^1].Count).Bound;
    }

    private double Sum(string name) => samples.Where(sample => sample.Name == name).Sum(sample => sample.Value);
}
