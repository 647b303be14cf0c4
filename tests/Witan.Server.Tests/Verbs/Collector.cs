using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Witan.Server.Tests.Verbs;

/// <summary>An OTLP collector that keeps every byte it is sent.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly MemoryStream _received = new();

    private Collector(WebApplication app) => _app = app;

    public string Url => _app.Urls.First();

    /// <summary>What it was sent, as text: names and values are plain in the encoding.</summary>
    public string Received
    {
        get
        {
            lock (_received)
                return Encoding.Latin1.GetString(_received.ToArray());
        }
    }

    public static async Task<Collector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(listen => listen.Protocols = HttpProtocols.Http2));
        var collector = new Collector(builder.Build());
        collector._app.Run(collector.TakeAsync);
        await collector._app.StartAsync(TestContext.Current.CancellationToken);
        return collector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    // Answers as gRPC does when all is well.
    private async Task TakeAsync(HttpContext context)
    {
        var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var headers = string.Concat(context.Request.Headers.Select(header => $"{header.Key}: {header.Value}\n"));
        lock (_received)
        {
            _received.Write(Encoding.UTF8.GetBytes($"{context.Request.Path}\n{headers}"));
            _received.Write(body.ToArray());
        }
        context.Response.ContentType = "application/grpc";
        context.Response.AppendTrailer("grpc-status", "0");
        await context.Response.Body.WriteAsync(new byte[5]);
    }
}
