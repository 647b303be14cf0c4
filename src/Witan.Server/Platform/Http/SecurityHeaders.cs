using Microsoft.Extensions.Primitives;

namespace Witan.Server.Platform.Http;

/// <summary>Headers that keep browsers from making more of an answer than it is.</summary>
internal static class SecurityHeaders
{
    private static readonly StringValues NoSniff = "nosniff";
    private static readonly StringValues NoReferrer = "no-referrer";
    private static readonly StringValues Data = "default-src 'none'; frame-ancestors 'none'"; // which is never a page

    // WebAssembly is compiled, and nothing else is run that did not come as a file. Widths of bars are styles of elements.
    private static readonly StringValues Dashboard =
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'self'; form-action 'self'";

    // The page of the API's documentation brings its own script and styles.
    private static readonly StringValues Documentation =
        "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'";

    public static void UseSecurityHeaders(this WebApplication app) => app.Use(next => context =>
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = NoSniff;
        if (context.Request.Path.Value!.StartsWith("/api/", StringComparison.Ordinal))
        {
            headers.ContentSecurityPolicy = Data;
            return next(context);
        }
        headers.ContentSecurityPolicy = context.GetEndpoint() is null ? Data : Of(context.Request.Path);
        headers["Referrer-Policy"] = NoReferrer;
        return next(context);
    });

    private static StringValues Of(PathString path) =>
        path.StartsWithSegments("/scalar") ? Documentation
        : path.StartsWithSegments("/health") || path.StartsWithSegments("/metrics") || path.StartsWithSegments("/openapi") ? Data
        : Dashboard;
}
