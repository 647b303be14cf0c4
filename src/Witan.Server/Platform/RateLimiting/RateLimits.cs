using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.Telemetry;

namespace Witan.Server.Platform.RateLimiting;

/// <summary>Limits every route by the group it is in and the plan of its caller, and says so in each answer.</summary>
internal sealed partial class RateLimits(Buckets buckets, Plans plans, Instruments instruments, TimeProvider clock, ILogger<RateLimits> log)
{
    private const int Patience = 20;
    private static readonly TimeSpan Tarpit = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, (CellCounter.Cell Admitted, CellCounter.Cell Refused)> _decisions = new();
    private volatile Moment _reset = new(0, "0");

    public Task LimitAsync(HttpContext context, RequestDelegate next)
    {
        var group = AccessOfRoutes.Of(context)?.Group ?? RateGroup.Lenient;
        var caller = context.Caller();
        var name = caller.IsKnown ? caller.BucketOf(group) : $"{group}:{AddressOf(context.Connection.RemoteIpAddress)}";
        ValueTask<RateLimitLease> asked;
        try
        {
            asked = buckets.AcquireAsync(new(name, plans.For(caller.Plan, group)));
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            asked = ValueTask.FromException<RateLimitLease>(e);
        }
        return asked.IsCompletedSuccessfully && plans.Global is null ? GoOnAsync(context, next, (BucketLease)asked.Result) : WaitAsync(context, next, asked);
    }

    private async Task WaitAsync(HttpContext context, RequestDelegate next, ValueTask<RateLimitLease> asked)
    {
        BucketLease? lease = null;
        try
        {
            lease = (BucketLease)await asked;
            if (lease.IsAcquired && plans.Global is { } global && (BucketLease)await buckets.AcquireAsync(new("all", global)) is { IsAcquired: false } whole)
                lease = whole;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            instruments.LimiterErrors.Add(1);
            LogFailed(log, e);
        }
        await (lease is null ? next(context) : GoOnAsync(context, next, lease));
    }

    private Task GoOnAsync(HttpContext context, RequestDelegate next, BucketLease lease)
    {
        if (!_decisions.TryGetValue(lease.Rule.Name, out var counted))
            _decisions[lease.Rule.Name] = counted = (instruments.LimiterDecisions.Of(lease.Rule.Name, "admitted"), instruments.LimiterDecisions.Of(lease.Rule.Name, "refused"));
        (lease.IsAcquired ? counted.Admitted : counted.Refused).Add();
        if (lease.IsAlone)
            instruments.LimiterFallbacks.Add(1);
        Describe(context.Response, lease);
        return lease.IsAcquired ? next(context) : RefuseAsync(context, lease);
    }

    private void Describe(HttpResponse response, BucketLease lease)
    {
        var headers = response.Headers;
        var (remaining, reset) = (lease.Remaining.ToString(CultureInfo.InvariantCulture), (long)Math.Ceiling(lease.Reset.TotalSeconds));
        headers["X-RateLimit-Limit"] = lease.Rule.Limit;
        headers["X-RateLimit-Remaining"] = remaining;
        headers["X-RateLimit-Reset"] = At(reset);
        headers["RateLimit-Policy"] = lease.Rule.Field;
        headers["RateLimit"] = $"\"{lease.Rule.Name}\";r={remaining};t={reset}";
    }

    // In seconds since 1970. Most answers of a second say the same.
    private string At(long reset)
    {
        var second = clock.GetUtcNow().ToUnixTimeSeconds() + reset;
        var known = _reset;
        if (known.Second != second)
            _reset = known = new(second, second.ToString(CultureInfo.InvariantCulture));
        return known.Text;
    }

    // Who goes on asking without waiting for its turn, on the same connection, is kept waiting for each refusal: a flood slows itself down.
    private async Task RefuseAsync(HttpContext context, BucketLease lease)
    {
        if (RefusalsOn(context.Features.GetRequiredFeature<IConnectionItemsFeature>().Items) > Patience)
            await Task.Delay(Tarpit, clock, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await new ApiProblem(429, "rate_limited",
            $"More than {lease.Rule.PerMinute} requests a minute (policy {lease.Rule.Name}). Wait {Math.Ceiling(lease.RetryAfter.TotalSeconds):0} s; a key with another plan may send more.")
        {
            RetryAfter = lease.RetryAfter,
        }.ExecuteAsync(context);
    }

    private static int RefusalsOn(IDictionary<object, object?> connection)
    {
        if (!connection.TryGetValue(typeof(RateLimits), out var known))
            connection[typeof(RateLimits)] = known = new StrongBox<int>();
        return Interlocked.Increment(ref ((StrongBox<int>)known!).Value);
    }

    /// <summary>An address as the name of a caller: IPv6 by its network of 64 bits, which one caller has for itself.</summary>
    internal static string AddressOf(IPAddress? address)
    {
        if (address is null)
            return "unknown";
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetworkV6)
            return address.ToString();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        return $"{Convert.ToHexStringLower(bytes[..8])}::/64";
    }

    private sealed record Moment(long Second, string Text);

    [LoggerMessage(Level = LogLevel.Error, Message = "The limiter failed; the request was let through")]
    private static partial void LogFailed(ILogger logger, Exception exception);
}
