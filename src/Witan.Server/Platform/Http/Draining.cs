namespace Witan.Server.Platform.Http;

/// <summary>
/// The last moments of a server. For the time that is set it is not ready any more, but still serves, and lets go of its connections:
/// proxies have gone elsewhere by the time it stops. It stops at once when it is told to for a second time.
/// </summary>
internal sealed class Draining(TimeSpan time, IHostApplicationLifetime lifetime) : IDisposable
{
    private readonly CancellationTokenSource _enough = new();
    private int _told;

    public bool HasBegun => Volatile.Read(ref _told) > 0;

    /// <summary>Tells the server to end, and returns when it begins to stop.</summary>
    public async Task EndAsync()
    {
        if (Interlocked.Increment(ref _told) > 1)
        {
            await _enough.CancelAsync();
            return;
        }
        await Task.Delay(time, _enough.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lifetime.StopApplication();
    }

    public void Dispose() => _enough.Dispose();
}

/// <summary>Wires the end of a server.</summary>
internal static class DrainingSetup
{
    public static void AddDraining(this IServiceCollection services, TimeSpan time) => services
        .AddSingleton(rooms => new Draining(time, rooms.GetRequiredService<IHostApplicationLifetime>()))
        .AddSingleton<IHostLifetime, NoSignals>();

    /// <summary>Has each answer of a server that is about to end be the last on its connection.</summary>
    public static void UseDraining(this WebApplication app)
    {
        var draining = app.Services.GetRequiredService<Draining>();
        app.Use(next => context =>
        {
            if (draining.HasBegun)
                context.Response.Headers.Connection = "close";
            return next(context);
        });
    }

    /// <summary>Leaves signals to the verb that serves; the host's own way would stop at once.</summary>
    private sealed class NoSignals : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
