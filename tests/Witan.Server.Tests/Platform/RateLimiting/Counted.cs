using System.Diagnostics.Metrics;

namespace Witan.Server.Tests.Platform.RateLimiting;

/// <summary>Listens to one counter.</summary>
internal sealed class Counted : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _count;

    public Counted(Counter<long> counter)
    {
        _listener.SetMeasurementEventCallback<long>((_, measurement, _, _) => Interlocked.Add(ref _count, measurement));
        _listener.EnableMeasurementEvents(counter);
        _listener.Start();
    }

    public long Count => Interlocked.Read(ref _count);

    public void Dispose() => _listener.Dispose();
}
