using Microsoft.Extensions.Primitives;

namespace Witan.Server.Platform.Http;

/// <summary>Headers that keep browsers from making more of an answer than it is.</summary>
internal static class SecurityHeaders
{
    private static readonly StringValues NoSniff = "nosniff";
    private static readonly StringValues NoReferrer = "no-referrer";
    private static readonly StringValues Data = "default-src 'none'; frame-ancestors 'none'"; // which is never a page

    // The page of the API's documentation brings its own script and styles.
    private static readonly StringValues Page =
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
        headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments("/scalar") ? Page : Data;
        headers["Referrer-Policy"] = NoReferrer;
        return next(context);
    });
}
