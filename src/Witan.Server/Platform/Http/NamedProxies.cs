using System.Net;
using Microsoft.AspNetCore.HttpOverrides;

namespace Witan.Server.Platform.Http;

/// <summary>Takes the caller's address from proxies that are named in the settings, and from nobody else: not from loopback either.</summary>
internal static class NamedProxies
{
    public static void UseNamedProxies(this WebApplication app, IReadOnlyList<IPAddress> proxies)
    {
        if (proxies.Count == 0)
            return;
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = 1 };
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        foreach (var proxy in proxies)
            options.KnownProxies.Add(proxy);
        app.UseForwardedHeaders(options);
    }
}
