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
        || header.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase) // what is left of it after a named proxy
        || header.Equals("Forwarded", StringComparison.OrdinalIgnoreCase)
        || header.Equals("Via", StringComparison.OrdinalIgnoreCase)
        || header.Equals("X-Real-IP", StringComparison.OrdinalIgnoreCase);

    /// <summary>True for localhost and the loopback addresses.</summary>
    public static bool IsLoopback(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>Why a request is not taken without keys, or null.</summary>
    public static string? ObjectionTo(HttpRequest request)
    {
        // Whatever it was made to listen on: Kestrel has settings of its own.
        if (request.HttpContext.Connection.RemoteIpAddress is { } address && !IPAddress.IsLoopback(address))
            return "Witan runs without keys and answers only to this machine.";
        if (!IsLoopback(request.Host.Host))
            return "Witan runs without keys and answers only to requests whose Host is localhost or a loopback address.";
        if (request.Headers.Keys.FirstOrDefault(IsForwarding) is { } header)
            return $"Witan runs without keys and takes no request that a proxy passed on ({header}).";
        if (request.Headers.Origin.ToString() is { Length: > 0 } origin && !(Uri.TryCreate(origin, UriKind.Absolute, out var uri) && IsLoopback(uri.Host)))
            return "Witan runs without keys and takes no request from a web page of another origin.";
        return null;
    }
}
