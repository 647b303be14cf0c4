using System.Diagnostics;
using Witan.Client;
using Witan.Server.Platform.Caching;
using Witan.Server.Storage;

namespace Witan.Server.Stats;

/// <summary>Makes the summaries anew: every 15 minutes by one node of many, and when somebody asks. Readers go on reading the old ones meanwhile.</summary>
internal sealed partial class SummaryRefresh(
    Database database, Duties duties, TimeProvider clock, ILogger<SummaryRefresh> log, Invalidation? invalidation = null)
    : Periodic("The summaries are refreshed", TimeSpan.FromMinutes(1), clock, log)
{
    /// <summary>How old a summary gets by itself.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(15);

    /// <summary>From this age on something is wrong.</summary>
    public static readonly TimeSpan Stale = 3 * Interval;

    /// <summary>Makes all of them anew now.</summary>
    public async Task<RefreshAnswer> RunAsync(CancellationToken cancel)
    {
        var summaries = new List<RefreshedSummary>();
        foreach (var summary in database.Summaries)
        {
            var (at, began) = (WitanTime.ToMicroseconds(Clock.GetUtcNow()), Stopwatch.GetTimestamp());
            var refreshed = await database.RefreshAsync(summary, at, cancel);
            summaries.Add(new(summary, refreshed ? at : (await database.SummaryAgesAsync(cancel)).GetValueOrDefault(summary), Stopwatch.GetElapsedTime(began).TotalMilliseconds));
        }
        invalidation?.Invalidate(Tags.Summaries);
        return new(summaries);
    }

    /// <summary>Makes them anew if it is time and this node's turn.</summary>
    internal async Task CheckAsync(CancellationToken cancel)
    {
        if (!await duties.AreMineAsync(cancel))
            return;
        var ages = await database.SummaryAgesAsync(cancel);
        var oldest = database.Summaries.Select(summary => ages.TryGetValue(summary, out var at) ? at : null).Min(at => at ?? DateTimeOffset.MinValue);
        if (Clock.GetUtcNow() - oldest < Interval)
            return;
        var answer = await RunAsync(cancel);
        LogRefreshed(Log, answer.Summaries.Sum(summary => summary.DurationMs));
    }

    protected override bool IsNeeded => database.NeedsRefresh;

    protected override Task TurnAsync(CancellationToken cancel) => CheckAsync(cancel);

    [LoggerMessage(Level = LogLevel.Information, Message = "The summaries were refreshed in {Duration:0} ms")]
    private static partial void LogRefreshed(ILogger logger, double duration);
}
