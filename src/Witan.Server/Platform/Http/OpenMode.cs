using System.Net;

namespace Witan.Server.Platform.Http;

/// <summary>
/// Without keys Witan answers to this machine alone. A proxy on the same host, or a web page in the user's browser that has
/// its own name resolve to 127.0.0.1, must not get in that way.
/// </summary>
internal static class OpenMode
{
    private static bool IsForwarding(string header) =>
        header.StartsWith("X-Forwarded", StringComparison.OrdinalIgnoreCase)
        || header.Equals("Forwarded", StringComparison.OrdinalIgnoreCase)
        || header.Equals("X-Real-IP", StringComparison.OrdinalIgnoreCase);

    /// <summary>True for localhost and the loopback addresses.</summary>
    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    public static void UseOpenMode(this WebApplication app) => app.Use((context, next) =>
        ObjectionTo(context.Request) is { } objection
            ? new ApiProblem(403, "not_local", objection).ExecuteAsync(context)
            : next(context));

    private static string? ObjectionTo(HttpRequest request)
    {
        if (!IsLoopback(request.Host.Host))
            return "Witan runs without keys and answers only to requests whose Host is localhost or a loopback address.";
        if (request.Headers.Keys.FirstOrDefault(IsForwarding) is { } header)
            return $"Witan runs without keys and takes no request that a proxy passed on ({header}).";
        if (request.Headers.Origin.ToString() is { Length: > 0 } origin && !(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && IsLoopback(uri.Host)))
            return "Witan runs without keys and takes no request from a web page of another origin.";
        return null;
    }
}
