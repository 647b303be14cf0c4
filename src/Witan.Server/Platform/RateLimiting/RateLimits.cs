using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.Telemetry;

namespace Witan.Server.Platform.RateLimiting;

/// <summary>Limits every route by the group it is in and the plan of its caller, and says so in each answer.</summary>
internal sealed partial class RateLimits(Buckets buckets, Plans plans, Instruments instruments, TimeProvider clock, ILogger<RateLimits> log)
{
    private static readonly BucketKey Whole = new(RateGroup.Lenient, "all", null!);

    private volatile Moment _reset = new(0, "0");

    public async Task LimitAsync(HttpContext context, RequestDelegate next)
    {
        var group = context.GetEndpoint() is { } endpoint ? endpoint.Metadata.GetMetadata<Access>()?.Group ?? RateGroup.Strict : RateGroup.Lenient;
        if (await TakeAsync(context, group) is { IsAcquired: false } refused)
        {
            await RefuseAsync(context, refused);
            return;
        }
        await next(context);
    }

    // Null when the limiter itself failed: then the request goes on, which is counted.
    private async ValueTask<BucketLease?> TakeAsync(HttpContext context, RateGroup group)
    {
        try
        {
            var caller = context.Caller();
            var who = caller.IsKnown ? caller.Id : AddressOf(context.Connection.RemoteIpAddress);
            var lease = (BucketLease)await buckets.AcquireAsync(new(group, who, plans.For(caller.Plan, group)));
            if (lease.IsAcquired && plans.Global is { } global)
            {
                var whole = (BucketLease)await buckets.AcquireAsync(Whole with { Rule = global });
                if (!whole.IsAcquired)
                    lease = whole;
            }
            instruments.LimiterDecisions.Add(1, lease.IsAcquired ? lease.Rule.Admitted : lease.Rule.Refused);
            if (lease.IsAlone)
                instruments.LimiterFallbacks.Add(1);
            Describe(context.Response, lease);
            return lease;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            instruments.LimiterErrors.Add(1);
            LogFailed(log, e);
            return null;
        }
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

    private static Task RefuseAsync(HttpContext context, BucketLease lease) => new ApiProblem(429, "rate_limited",
        $"More than {lease.Rule.PerMinute} requests a minute (policy {lease.Rule.Name}). Wait {Math.Ceiling(lease.RetryAfter.TotalSeconds):0} s; a key with another plan may send more.")
    {
        RetryAfter = lease.RetryAfter,
    }.ExecuteAsync(context);

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
