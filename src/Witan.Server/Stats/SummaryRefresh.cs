using System.Data.Common;
using System.Diagnostics;
using Witan.Client;
using Witan.Server.Platform.Caching;
using Witan.Server.Storage;

namespace Witan.Server.Stats;

/// <summary>Makes the summaries anew: every 15 minutes by one node of many, and when somebody asks. Readers go on reading the old ones meanwhile.</summary>
internal sealed partial class SummaryRefresh(
    Database database, Duties duties, TimeProvider clock, ILogger<SummaryRefresh> log, Invalidation? invalidation = null) : BackgroundService
{
    /// <summary>How old a summary gets by itself.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(15);

    /// <summary>From this age on something is wrong.</summary>
    public static readonly TimeSpan Stale = 3 * Interval;

    private static readonly TimeSpan Look = TimeSpan.FromMinutes(1);

    /// <summary>Makes all of them anew now.</summary>
    public async Task<RefreshAnswer> RunAsync(CancellationToken cancel)
    {
        var summaries = new List<RefreshedSummary>();
        foreach (var summary in database.Summaries)
        {
            var (at, began) = (WitanTime.ToMicroseconds(clock.GetUtcNow()), Stopwatch.GetTimestamp());
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
        if (clock.GetUtcNow() - oldest < Interval)
            return;
        var answer = await RunAsync(cancel);
        LogRefreshed(log, answer.Summaries.Sum(summary => summary.DurationMs));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!database.NeedsRefresh)
            return;
        using var timer = new PeriodicTimer(Look, clock);
        using var stop = stoppingToken.Register(timer.Dispose); // ends the wait without an exception
        while (await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            try
            {
                await CheckAsync(stoppingToken);
            }
            catch (Exception) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is DbException or StorageFault)
            {
                LogLate(log, e.Message);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The summaries were refreshed in {Duration:0} ms")]
    private static partial void LogRefreshed(ILogger logger, double duration);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The summaries are refreshed late: {Reason}")]
    private static partial void LogLate(ILogger logger, string reason);
}
