using Microsoft.AspNetCore.ResponseCompression;

namespace Witan.Server.Platform.Compression;

/// <summary>Compresses what is not an answer of the API, which brings its compressed forms with it: documents, pages and metrics.</summary>
internal static class CompressedPages
{
    public static void AddCompressedPages(this IServiceCollection services) => services.AddResponseCompression(options =>
    {
        options.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "text/plain"];
        options.Providers.Add(new BrotliCompressionProvider(Microsoft.Extensions.Options.Options.Create(new BrotliCompressionProviderOptions { Level = System.IO.Compression.CompressionLevel.Fastest })));
        options.Providers.Add(new GzipCompressionProvider(Microsoft.Extensions.Options.Options.Create(new GzipCompressionProviderOptions { Level = System.IO.Compression.CompressionLevel.Optimal })));
    });

    public static void UseCompressedPages(this WebApplication app) => app.UseWhen(
        context => !context.Request.Path.Value!.StartsWith("/api/", StringComparison.OrdinalIgnoreCase) && !context.Request.Path.StartsWithSegments("/health"),
        pages => pages.Use(HeedOptOut).UseResponseCompression());

    // Metrics are compressed by who writes them, too.
    private static RequestDelegate HeedOptOut(RequestDelegate next) => context =>
    {
        if (context.Request.Headers.ContainsKey(Encodings.OptOut))
            context.Request.Headers.AcceptEncoding = default;
        return next(context);
    };
}
