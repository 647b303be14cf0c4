using System.Security.Cryptography;
using StackExchange.Redis;
using Witan.Server.Platform.Compression;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.Redis;

namespace Witan.Server.Platform.Caching;

/// <summary>What Redis says of an answer.</summary>
/// <param name="State">Of its tags, to be given back with what is stored.</param>
/// <param name="Answer">The answer, if it is there and current.</param>
/// <param name="Left">How long it is kept yet.</param>
internal sealed record SharedAnswer(string State, Representation? Answer, TimeSpan Left);

/// <summary>
/// Answers in Redis, for all nodes (L2). An answer counts while the epoch and the generations of its tags stand as they stood before it
/// was made; all of that is compared inside Redis, so that no node stores what a write has overtaken.
/// </summary>
internal sealed class SharedCache(RedisLink link)
{
    private const byte Format = 1;

    private static readonly string Read = Scripts.Read("cache_read");
    private static readonly string Store = Scripts.Read("cache_store");
    private static readonly string Invalidate = Scripts.Read("cache_invalidate");

    private int _underWay; // writes whose invalidation Redis has not confirmed
    private long _lost; // how often an invalidation was lost: everything there is void until a new epoch begins
    private long _renewed; // up to which of these one has
    private int _isRenewing;

    /// <summary>Whether everything that this node wrote is known there.</summary>
    private bool IsUsable => link.IsUp && !IsBehind && Volatile.Read(ref _underWay) == 0;

    private bool IsBehind => Volatile.Read(ref _lost) != Volatile.Read(ref _renewed);

    /// <summary>Looks for an answer; null when Redis cannot be used.</summary>
    public async Task<SharedAnswer?> FindAsync(string key, int[] tags)
    {
        if (link.IsUp && IsBehind)
            _ = RenewAsync(); // or a node that writes no more would never use it again
        if (!IsUsable)
            return null;
        var answer = await link.TryAsync(database => database.ScriptEvaluateAsync(Read, [key, Tags.Generations], [NewEpoch(), .. tags.Select(tag => (RedisValue)tag)]));
        return answer is null ? null : new((string)answer[0]!, Unpack((byte[]?)answer[1]), TimeSpan.FromMilliseconds((long)answer[2]));
    }

    /// <summary>Stores an answer, unless something that it depends on was written since its state was read.</summary>
    public async Task StoreAsync(string key, int[] tags, string state, Representation answer, TimeSpan lifetime)
    {
        if (IsUsable)
            await link.TryAsync(database => database.ScriptEvaluateAsync(Store, [key, Tags.Generations], [state, Pack(answer), (long)lifetime.TotalMilliseconds, .. tags.Select(tag => (RedisValue)tag)]));
    }

    /// <summary>Invalidates tags for all nodes and sends them a message. Until that is done this node does not use what is there.</summary>
    public async Task InvalidateAsync(IReadOnlyCollection<int> tags, byte[] message)
    {
        Interlocked.Increment(ref _underWay);
        var isTold = false;
        try
        {
            await Task.Yield(); // the write that this follows is not kept waiting
            isTold = await link.TryAsync(database => database.ScriptEvaluateAsync(Invalidate, [Tags.Generations, Tags.Channel], [message, .. tags.Select(tag => (RedisValue)tag)])) is not null;
        }
        finally
        {
            if (!isTold)
                Interlocked.Increment(ref _lost);
            Interlocked.Decrement(ref _underWay);
        }
        if (IsBehind)
            await RenewAsync();
    }

    /// <summary>Voids everything that is there.</summary>
    public Task BeginAnewAsync()
    {
        Interlocked.Increment(ref _lost);
        return RenewAsync();
    }

    // A new epoch is one for what was lost before it was asked for, and not for what is lost meanwhile.
    private async Task RenewAsync()
    {
        if (Interlocked.Exchange(ref _isRenewing, 1) == 1)
            return;
        try
        {
            while (Volatile.Read(ref _lost) is var lost && lost != Volatile.Read(ref _renewed))
            {
                if (await link.TryAsync(database => database.ExecuteAsync("HSET", Tags.Generations, Tags.Epoch, NewEpoch())) is null)
                    return;
                Volatile.Write(ref _renewed, lost);
            }
        }
        finally
        {
            Volatile.Write(ref _isRenewing, 0);
        }
    }

    private static string NewEpoch() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));

    private static byte[] Pack(Representation answer)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        var (encoding, body) = answer.ToStore();
        writer.Write(Format);
        writer.Write(answer.Digest);
        writer.Write(answer.Link ?? "");
        writer.Write((byte)encoding);
        writer.Write(body);
        return stream.ToArray();
    }

    private static Representation? Unpack(byte[]? stored)
    {
        if (stored is null)
            return null;
        try
        {
            using var stream = new MemoryStream(stored);
            using var reader = new BinaryReader(stream);
            if (reader.ReadByte() != Format)
                return null; // of another version of Witan
            var (digest, link, encoding) = (reader.ReadString(), reader.ReadString(), (Encoding)reader.ReadByte());
            return encoding is Encoding.Identity or Encoding.Gzip
                ? Representation.Stored(digest, link.Length == 0 ? null : link, encoding, reader.ReadBytes((int)(stream.Length - stream.Position)))
                : null;
        }
        catch (Exception e) when (e is IOException or FormatException)
        {
            return null; // damaged: the route makes it anew
        }
    }
}
