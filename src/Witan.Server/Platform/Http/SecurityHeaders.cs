namespace Witan.Server.Platform.Http;

/// <summary>Headers that keep browsers from making more of an answer than it is.</summary>
internal static class SecurityHeaders
{
    // The page of the API's documentation brings its own script and styles; data is never a page.
    private const string Page = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'";
    private const string Data = "default-src 'none'; frame-ancestors 'none'";

    public static void UseSecurityHeaders(this WebApplication app) => app.Use(next => context =>
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = context.Request.Path.StartsWithSegments("/scalar") ? Page : Data;
        headers["Referrer-Policy"] = "no-referrer";
        return next(context);
    });
}
