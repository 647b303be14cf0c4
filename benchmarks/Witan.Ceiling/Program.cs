using Microsoft.AspNetCore.OutputCaching;
using Microsoft.AspNetCore.ResponseCompression;
using ZiggyCreatures.Caching.Fusion;

// Usage: Witan.Ceiling URL FILE FILE.gz
//   /list  the gzip file, or the plain one, as Accept-Encoding says      /small  an answer without a body
//   /shelf the plain file behind UseOutputCache() over FusionCache and UseResponseCompression(), in the order that does not compress hits
var (plain, gzip) = (await File.ReadAllBytesAsync(args[1]), await File.ReadAllBytesAsync(args[2]));
var builder = WebApplication.CreateSlimBuilder();
builder.WebHost.UseUrls(args[0]);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
builder.Logging.ClearProviders();
builder.Services.AddOutputCache(options => options.AddPolicy("list", policy => policy.SetVaryByHeader("Accept-Encoding").SetVaryByHost(false)));
builder.Services.AddFusionCache();
builder.Services.AddSingleton<IOutputCacheStore, FusionStore>();
builder.Services.AddResponseCompression(options => options.Providers.Add<GzipCompressionProvider>());
var app = builder.Build();

app.UseWhen(context => context.Request.Path == "/shelf", shelf => shelf.UseRouting().UseOutputCache().UseResponseCompression().UseEndpoints(routes =>
    routes.MapGet("/shelf", () => Results.Bytes(plain, "application/json")).CacheOutput("list")));
app.Run(context =>
{
    var response = context.Response;
    if (context.Request.Path == "/small")
    {
        response.StatusCode = StatusCodes.Status304NotModified;
        return Task.CompletedTask;
    }
    var isGzip = context.Request.Headers.AcceptEncoding.Count > 0;
    var body = isGzip ? gzip : plain;
    response.ContentType = "application/json";
    response.ContentLength = body.Length;
    if (isGzip)
        response.Headers.ContentEncoding = "gzip";
    var written = response.BodyWriter.WriteAsync(body);
    return written.IsCompletedSuccessfully ? Task.CompletedTask : (Task)written.AsTask();
});
await app.RunAsync();

/// <summary>The output cache's store over FusionCache, in memory.</summary>
internal sealed class FusionStore(IFusionCache cache) : IOutputCacheStore
{
    public ValueTask<byte[]?> GetAsync(string key, CancellationToken cancellationToken) => cache.GetOrDefaultAsync<byte[]>(key, token: cancellationToken);

    public ValueTask SetAsync(string key, byte[] value, string[]? tags, TimeSpan validFor, CancellationToken cancellationToken) =>
        cache.SetAsync(key, value, new FusionCacheEntryOptions(validFor), tags, cancellationToken);

    public ValueTask EvictByTagAsync(string tag, CancellationToken cancellationToken) => cache.RemoveByTagAsync(tag, token: cancellationToken);
}
