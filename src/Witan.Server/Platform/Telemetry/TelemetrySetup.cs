using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Witan.Server.Platform.Auth;

namespace Witan.Server.Platform.Telemetry;

/// <summary>Wires metrics: as text for Prometheus on <c>/metrics</c>, and to an OTLP collector where one is set, with traces.</summary>
internal static class TelemetrySetup
{
    public static void AddTelemetry(this IServiceCollection services, Uri? otlp)
    {
        services.AddSingleton<Instruments>().AddSingleton<AgentNames>().AddSingleton<HttpMetrics>();
        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("witan"));
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter(Instruments.MeterName).AddPrometheusExporter(options =>
            {
                (options.ScopeInfoEnabled, options.TargetInfoEnabled) = (false, false);
                options.ScrapeResponseCacheDurationMilliseconds = 0; // an answer tells of all that happened before it was asked for
            });
            if (otlp is not null)
                metrics.AddOtlpExporter(options => options.Endpoint = otlp);
        });
        if (otlp is not null)
            telemetry.WithTracing(traces => traces.AddSource("Microsoft.AspNetCore").AddOtlpExporter(options => options.Endpoint = otlp));
    }

    /// <summary>Begins to measure; what is recorded before is lost.</summary>
    public static void UseMetrics(this WebApplication app)
    {
        _ = app.Services.GetRequiredService<MeterProvider>();
        var metrics = app.Services.GetRequiredService<HttpMetrics>();
        app.Use(next => context => metrics.MeasureAsync(context, next));
    }

    public static void MapMetrics(this IEndpointRouteBuilder routes) => routes.MapPrometheusScrapingEndpoint("/metrics").WithName("Metrics").WithSummary("What is counted and measured, for Prometheus").Reads();
}
