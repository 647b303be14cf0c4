using Witan.Client;
using Witan.Server.Platform.Http;

namespace Witan.Server.Platform.Auth;

/// <summary>Finds out who asks, and later whether they may.</summary>
internal static class Authentication
{
    private const string Scheme = "Bearer ";

    /// <summary>Names the caller; without keys, refuses whoever is not on this machine.</summary>
    public static void UseCallers(this WebApplication app)
    {
        var ring = app.Services.GetRequiredService<KeyRing>();
        app.Use((context, next) =>
        {
            if (!ring.IsInForce && OpenMode.ObjectionTo(context.Request) is { } objection)
                return new ApiProblem(403, "not_local", objection).ExecuteAsync(context);
            context.Features.Set(ring.IsInForce ? Of(context.Request, ring) : Caller.Local);
            return next(context);
        });
    }

    /// <summary>Refuses callers without the scope of the route.</summary>
    public static void UseScopes(this WebApplication app) => app.Use((context, next) =>
        AccessOfRoutes.Of(context) is { } access && Objection(context.Caller(), access) is { } problem
            ? RefuseAsync(context, problem)
            : next(context));

    /// <summary>What a caller without a scope is told.</summary>
    public static ApiProblem Lacks(KeyScope scope, string what = "This call") =>
        new(403, "scope_missing", $"{what} needs a key with the scope {JsonName(scope)}, which this one has not.");

    private static Caller Of(HttpRequest request, KeyRing ring)
    {
        var authorization = request.Headers.Authorization;
        if (authorization is [{ } bearer] && bearer.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return ring.Of(bearer.AsSpan(Scheme.Length).Trim());
        return request.Headers["X-Api-Key"] is [{ } key] ? ring.Of(key) : Caller.Nobody;
    }

    private static ApiProblem? Objection(Caller caller, Access access)
    {
        if (access.Scope is not { } scope)
            return null;
        if (!caller.IsKnown)
            return caller.Refusal is { } refusal ? new(401, "key_refused", refusal) : new(401, "key_required", "Send a key as Authorization: Bearer witan_…; witan keys create makes one.");
        return caller.May(scope) ? null : Lacks(scope);
    }

    private static Task RefuseAsync(HttpContext context, ApiProblem problem)
    {
        if (problem.Status == 401)
            context.Response.Headers.WWWAuthenticate = "Bearer";
        return problem.ExecuteAsync(context);
    }

    private static string JsonName(KeyScope scope) => System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(scope.ToString());
}
