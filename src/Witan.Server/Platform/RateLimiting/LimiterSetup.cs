using Witan.Server.Platform.Redis;
using Witan.Server.Storage;

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
internal sealed class BucketKeeper(Buckets buckets, TimeProvider clock, ILogger<BucketKeeper> log)
    : Periodic("Buckets are swept", TimeSpan.FromSeconds(5), clock, log, atOnce: true)
{
    private const int SweepEvery = 60;

    private int _turn;

    protected override Task TurnAsync(CancellationToken cancel)
    {
        if (_turn++ % SweepEvery == 0)
            buckets.Sweep();
        return buckets.Server?.CountNodesAsync() ?? Task.CompletedTask;
    }
}
