using System.Text;

namespace Witan.Server.Tests.Platform.Caching;

/// <summary>Asks for what may be cached, and round the cache.</summary>
internal static class Cached
{
    private static int _asked;

    /// <summary>Where an answer came from, as it says itself.</summary>
    public static string From(this Answer answer) => answer.Headers.TryGetValues("Cache-Status", out var values) ? string.Join(',', values) : "";

    public static bool IsHit(this Answer answer) => answer.From().StartsWith("witan; hit", StringComparison.Ordinal);

    /// <summary>The same resource under a name that nobody has used: some letters of the path are escaped.</summary>
    public static Task<Answer> GetAnewAsync(this WitanServer server, string path)
    {
        var number = Interlocked.Increment(ref _asked);
        var prefix = new StringBuilder("/api/");
        for (var i = 0; i < "agent-intelligence".Length; i++)
            prefix.Append((number >> i & 1) == 1 ? $"%{(int)"agent-intelligence"[i]:X2}" : "agent-intelligence"[i].ToString());
        var uri = new Uri($"{server.Url.GetLeftPart(UriPartial.Authority)}{prefix}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        return server.SendAsync(new(HttpMethod.Get, uri));
    }

    /// <summary>Whether an answer is the one that the route would give now.</summary>
    public static async Task<bool> IsFreshAsync(this WitanServer server, string path)
    {
        var answer = await server.GetAsync(path);
        var anew = await server.GetAnewAsync(path);
        Assert.False(anew.IsHit(), anew.From());
        Assert.Equal(anew.Text, answer.Text);
        return answer.IsHit();
    }
}
