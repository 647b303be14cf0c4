using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.StaticAssets;

namespace Witan.Server.Platform.Telemetry;

/// <summary>Marks a route whose answers go on until somebody ends them: they are counted, and not timed.</summary>
internal sealed class Streams;

/// <summary>Counts and times every request, by method, route template and status.</summary>
internal sealed class HttpMetrics(Instruments instruments)
{
    private static readonly HashSet<string> Methods = ["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"];

    // By the endpoint rather than its route, which would have to be read and hashed for each request. Whatever is asked for, there are only so many.
    private readonly ConcurrentDictionary<(Endpoint? Endpoint, string Method, int Status), Series> _series = new();

    public Task MeasureAsync(HttpContext context, RequestDelegate next)
    {
        var (endpoint, began) = (context.GetEndpoint(), Stopwatch.GetTimestamp()); // the page of the dashboard forgets its own on the way
        var answered = next(context);
        if (!answered.IsCompletedSuccessfully)
            return LaterAsync(context, endpoint, answered, began);
        Note(context, endpoint, began);
        return Task.CompletedTask;
    }

    private async Task LaterAsync(HttpContext context, Endpoint? endpoint, Task answered, long began)
    {
        try
        {
            await answered;
        }
        finally
        {
            Note(context, endpoint, began);
        }
    }

    private void Note(HttpContext context, Endpoint? endpoint, long began)
    {
        var method = Methods.Contains(context.Request.Method) ? context.Request.Method : "other";
        var key = (endpoint, method, context.Response.StatusCode);
        if (!_series.TryGetValue(key, out var series))
            _series[key] = series = Make(endpoint, method, context.Response.StatusCode.ToString(CultureInfo.InvariantCulture));
        series.Requests.Add();
        if (series.IsTimed)
            instruments.HttpDuration.Record(Stopwatch.GetElapsedTime(began).TotalMilliseconds, series.Labels);
    }

    private Series Make(Endpoint? endpoint, string method, string status)
    {
        var route = RouteOf(endpoint);
        var labels = new TagList { { "method", method }, { "route", route }, { "status", status } };
        return new(instruments.HttpRequests.Of(method, route, status), labels, endpoint?.Metadata.GetMetadata<Streams>() is null);
    }

    // Files have a route each, hundreds of them, under names that are others in every version.
    private static string RouteOf(Endpoint? endpoint) =>
        endpoint?.Metadata.GetMetadata<StaticAssetDescriptor>() is not null ? "files"
        : endpoint?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route is { } route ? route.Length > 1 ? route.TrimEnd('/') : route : "unmatched";

    private sealed record Series(CellCounter.Cell Requests, TagList Labels, bool IsTimed);
}
