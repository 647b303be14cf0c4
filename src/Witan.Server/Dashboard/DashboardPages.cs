using Witan.Server.Platform.Auth;

namespace Witan.Server.Dashboard;

/// <summary>The dashboard: files that were made when the server was built. What it shows it asks of the API, as anybody would.</summary>
internal static class DashboardPages
{
    private const string Page = "index.html";

    // Each of its addresses, so that everything else that is unknown stays a 404, and a wrong method a 405.
    private static readonly string[] Addresses =
    [
        "/", "/fixes/{*rest}", "/ask", "/learnings/{*rest}", "/collaborations/{*rest}", "/agents/{*rest}", "/judgement", "/operations",
    ];

    // Or a browser would go on with the page of the version before.
    private static readonly StaticFileOptions AskedAnew = new() { OnPrepareResponse = page => page.Context.Response.Headers.CacheControl = "no-cache" };

    public static void MapDashboard(this WebApplication app)
    {
        app.MapStaticAssets().ForAnyone();
        foreach (var address in Addresses)
            app.MapFallbackToFile(address, Page, AskedAnew).ForAnyone();
    }
}
