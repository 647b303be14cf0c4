using StackExchange.Redis;
using Witan.Server.Platform.Redis;

namespace Witan.Server.Platform.RateLimiting;

/// <summary>The buckets in Redis.</summary>
internal sealed class BucketServer : IAsyncDisposable
{
    private const string Nodes = "witan:nodes";
    private static readonly string Script = Scripts.Read("token_bucket");

    private readonly RedisLink _link;
    private long _nodes = 1;

    public BucketServer(RedisLink link)
    {
        _link = link;
        link.Subscribe(Nodes, _ => { }); // only to be counted
    }

    public RedisLink Link => _link;

    public bool IsUp => _link.IsUp;

    /// <summary>What a node may let through alone while Redis is away: its share of the rule.</summary>
    public BucketRule ShareOf(BucketRule rule) => new(rule.Name, (int)Math.Max(1, rule.PerMinute / Volatile.Read(ref _nodes)), rule.IsExact, IsShare: true);

    /// <summary>Finds out how many nodes there are: each listens on a channel.</summary>
    public async Task CountNodesAsync()
    {
        if (await _link.CountListenersAsync(Nodes) is { } nodes)
            Volatile.Write(ref _nodes, Math.Max(1, nodes));
    }

    public ValueTask DisposeAsync() => _link.DisposeAsync();

    /// <summary>Takes up to some tokens: how many were there, and what is left. Null when Redis does not answer.</summary>
    public async Task<(long Taken, long Left)?> TakeAsync(string key, BucketRule rule, int wanted) =>
        await _link.TryAsync(database => database.ScriptEvaluateAsync(Script, [(RedisKey)key], [rule.PerMinute, wanted])) is { } answer
            ? ((long)answer[0], (long)answer[1])
            : null;
}
