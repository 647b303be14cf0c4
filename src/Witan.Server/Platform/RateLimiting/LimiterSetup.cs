using Witan.Server.Platform.Redis;

namespace Witan.Server.Platform.RateLimiting;

/// <summary>Wires the limiter.</summary>
internal static class LimiterSetup
{
    /// <summary>Adds the limiter, over a connection of its own to Redis where one is set.</summary>
    public static void AddLimits(this IServiceCollection services, RateLimitRules rules, string? redis)
    {
        services.AddSingleton(new Plans(rules)).AddSingleton<RateLimits>().AddHostedService<BucketKeeper>();
        services.AddSingleton(rooms => new Buckets(redis is null ? null : new(RedisLink.Connect("limiter", redis, rooms.GetRequiredService<ILogger<RedisLink>>())), rooms.GetRequiredService<TimeProvider>()));
    }

    public static void UseLimits(this WebApplication app) => app.Use(next =>
    {
        var limits = app.Services.GetRequiredService<RateLimits>();
        return context => limits.LimitAsync(context, next);
    });
}

/// <summary>Drops idle buckets every 5 minutes, and knows how many nodes share them.</summary>
internal sealed class BucketKeeper(Buckets buckets, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);
    private const int SweepEvery = 60;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, clock);
        using var stop = stoppingToken.Register(timer.Dispose); // ends the wait without an exception
        for (var round = 0; round == 0 || await timer.WaitForNextTickAsync(CancellationToken.None); round++)
        {
            if (round % SweepEvery == 0)
                buckets.Sweep();
            await (buckets.Server?.CountNodesAsync() ?? Task.CompletedTask);
        }
    }
}
