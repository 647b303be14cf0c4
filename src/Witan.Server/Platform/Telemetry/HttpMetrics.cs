using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http.Metadata;

namespace Witan.Server.Platform.Telemetry;

/// <summary>Counts and times every request, by method, route template and status.</summary>
internal sealed class HttpMetrics(Instruments instruments)
{
    private static readonly HashSet<string> Methods = ["GET", "POST", "PATCH", "DELETE", "PUT", "HEAD", "OPTIONS"];

    private readonly ConcurrentDictionary<(string Method, string Route, int Status), TagList> _labels = new();

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
        var route = context.GetEndpoint()?.Metadata.GetMetadata<IRouteDiagnosticsMetadata>()?.Route ?? "unmatched";
        var method = Methods.Contains(context.Request.Method) ? context.Request.Method : "other";
        var labels = _labels.GetOrAdd((method, route, context.Response.StatusCode), static key => new()
        {
            { "method", key.Method }, { "route", key.Route }, { "status", key.Status.ToString(CultureInfo.InvariantCulture) },
        });
        instruments.HttpRequests.Add(1, labels);
        instruments.HttpDuration.Record(Stopwatch.GetElapsedTime(began).TotalMilliseconds, labels);
    }
}
