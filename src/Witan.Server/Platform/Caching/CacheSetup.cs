using Witan.Server.Platform.Redis;

namespace Witan.Server.Platform.Caching;

/// <summary>Wires the cache of answers.</summary>
internal static class CacheSetup
{
    /// <summary>Adds the cache, over a connection of its own to Redis where one is set.</summary>
    public static void AddCaching(this IServiceCollection services, CacheSize size, string? redis)
    {
        services.AddSingleton(size).AddSingleton<Generations>().AddSingleton<ResponseCache>();
        services.AddSingleton(rooms => redis is null ? CacheLink.None : CacheLink.To(RedisLink.Connect("cache", redis, rooms.GetRequiredService<ILogger<RedisLink>>())));
        services.AddSingleton<Invalidation>();
    }

    public static void UseCache(this WebApplication app)
    {
        if (app.Services.GetRequiredService<CacheSize>().Megabytes == 0)
            return;
        var cache = app.Services.GetRequiredService<ResponseCache>(); // hears of writes from the first one on
        app.Use(next => context => cache.ServeAsync(context, next));
    }
}

/// <summary>The cache's way to Redis, or none.</summary>
internal sealed record CacheLink(RedisLink? Link, SharedCache? Shared) : IAsyncDisposable
{
    public static CacheLink None => new(null, null);

    public static CacheLink To(RedisLink link) => new(link, new(link));

    public ValueTask DisposeAsync() => Link?.DisposeAsync() ?? ValueTask.CompletedTask;
}
