using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http.Metadata;

namespace Witan.Server.Platform.Telemetry;

/// <summary>Counts and times every request, by method, route template and status.</summary>
internal sealed class HttpMetrics(Instruments instruments)
{
    private static readonly HashSet<string> Methods = ["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"];

    // By the endpoint rather than its route, which would have to be read and hashed for each request. Whatever is asked for, there are only so many.
    private readonly ConcurrentDictionary<(Endpoint? Endpoint, string Method, int Status), Series> _series = new();

    public Task MeasureAsync(HttpContext context, RequestDelegate next)
    {
        var began = Stopwatch.GetTimestamp();
        var answered = next(context);
        if (!answered.IsCompletedSuccessfully)
            return LaterAsync(context, answered, began);
        Note(context, began);
        return Task.CompletedTask;
    }

    private async Task LaterAsync(HttpContext context, Task answered, long began)
    {
        try
        {
            await answered;
        }
        finally
        {
            Note(context, began);
        }
    }

    private void Note(HttpContext context, long began)
    {
        var method = Methods.Contains(context.Request.Method) ? context.Request.Method : "other";
        var key = (context.GetEndpoint(), method, context.Response.StatusCode);
        if (!_series.TryGetValue(key, out var series))
            _series[key] = series = Make(RouteOf(key.Item1), method, context.Response.StatusCode.ToString(CultureInfo.InvariantCulture));
        series.Requests.Add();
        instruments.HttpDuration.Record(Stopwatch.GetElapsedTime(began).TotalMilliseconds, series.Labels);
    }

    private static string RouteOf(Endpoint? endpoint) =>
        endpoint?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route is { } route ? route.Length > 1 ? route.TrimEnd('/') : route : "unmatched";

    private Series Make(string route, string method, string status) =>
        new(instruments.HttpRequests.Of(method, route, status), new() { { "method", method }, { "route", route }, { "status", status } });

    private sealed record Series(CellCounter.Cell Requests, TagList Labels);
}
