using System.Buffers.Binary;
using Witan.Server.Platform.Redis;
using Witan.Server.Storage;

namespace Witan.Server.Platform.Caching;

/// <summary>
/// Makes every node forget what is out of date: its own writes before they are answered, others' by messages through Redis. A commit
/// moves a number in the database, and each message tells from where to where: a commit of which no message came is found out when the
/// database is next looked at, and then everything is forgotten.
/// </summary>
internal sealed class Invalidation
{
    /// <summary>How long an answer may be used where no messages of other nodes come.</summary>
    public static readonly TimeSpan LifetimeAlone = TimeSpan.FromSeconds(2);

    private const int MostTags = 1_000; // a batch that touches more makes everything be forgotten
    private const byte Everything = 1;

    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(40); // for a message that is on its way

    private readonly Generations _generations;
    private readonly SharedCache? _shared;
    private readonly RedisLink? _link;
    private readonly TimeProvider _clock;
    private readonly bool _hasNeighbours;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<long, long> _ahead = []; // commits whose message came before that of an earlier one
    private readonly Guid _node = Guid.NewGuid();
    private long _known = -1; // up to where every commit is known of; the first one here is where it begins

    public Invalidation(Generations generations, WriteQueue writes, Database database, TimeProvider clock, CacheLink redis)
    {
        (_generations, _shared, _link, _clock, _hasNeighbours) = (generations, redis.Shared, redis.Link, clock, database.IsShared);
        writes.WhenCommitted(Follow);
        writes.WhenBehind(CatchUp);
        _link?.Subscribe(Tags.Channel, Receive);
        if (_link is not null)
            _link.CameBack += ForgetAll; // what was written meanwhile, nobody has told
        _ = _shared?.BeginAnewAsync(); // nor what was written while no node ran, as by an import, or was undone by restoring a backup
    }

    /// <summary>Whether other nodes' writes are told at once.</summary>
    public bool IsTold => !_hasNeighbours || _link is { IsUp: true };

    /// <summary>Invalidates tags that change without a commit.</summary>
    public void Invalidate(params int[] tags)
    {
        _ = _shared?.InvalidateAsync(tags, Message(0, 0, tags));
        _generations.Invalidate(tags);
    }

    /// <summary>Forgets everything, here and in Redis.</summary>
    public void ForgetAll()
    {
        _ = _shared?.BeginAnewAsync();
        _generations.InvalidateAll();
    }

    // A transaction of this node is durable; nobody has been answered yet. What is in Redis is out of use before what is here is: a read in
    // between would take the old answer from there for one made after the write.
    private void Follow(Commit commit)
    {
        Cover(commit.Before, commit.After);
        if (commit.Touched.Count > MostTags)
        {
            _ = ForgetEverywhereAsync([.. Message(commit.Before, commit.After, []), Everything]);
            _generations.InvalidateAll();
            return;
        }
        int[] tags = [.. commit.Touched];
        if (tags.Length > 0 || commit.After != commit.Before)
            _ = _shared?.InvalidateAsync(tags, Message(commit.Before, commit.After, tags));
        _generations.Invalidate(tags);
    }

    // In Redis first: whoever hears of it looks there next.
    private async Task ForgetEverywhereAsync(byte[] message)
    {
        if (_shared is null)
            return;
        await _shared.BeginAnewAsync();
        await _shared.InvalidateAsync([], message);
    }

    // The database tells that others wrote up to here, and the writer has read it.
    private void CatchUp(long upTo)
    {
        if (IsTold && _hasNeighbours)
            _ = CheckAsync(upTo);
        else
            ForgetTo(upTo);
    }

    private async Task CheckAsync(long upTo)
    {
        if (IsCovered(upTo))
            return;
        await Task.Delay(Grace, _clock);
        if (!IsCovered(upTo))
            ForgetTo(upTo);
    }

    private void ForgetTo(long upTo)
    {
        ForgetAll();
        lock (_gate)
            _known = Math.Max(_known, upTo);
    }

    private bool IsCovered(long upTo)
    {
        lock (_gate)
            return _known >= upTo;
    }

    private void Cover(long before, long after)
    {
        lock (_gate)
        {
            if (before <= _known || _known < 0)
                _known = Math.Max(_known, after);
            else
                _ahead[before] = after;
            while (_ahead.Count > 0 && _ahead.First() is var next && next.Key <= _known)
            {
                _known = Math.Max(_known, next.Value);
                _ahead.Remove(next.Key);
            }
            while (_ahead.Count > 1_000) // their predecessor never comes; the database will tell
                _ahead.Remove(_ahead.First().Key);
        }
    }

    private void Receive(byte[] message)
    {
        var span = message.AsSpan();
        if (span.Length < 32 || new Guid(span[..16]) == _node)
            return;
        if (span.Length == 33)
            _generations.InvalidateAll();
        else
            _generations.Invalidate(Expand(span[32..]));
        Cover(BinaryPrimitives.ReadInt64LittleEndian(span[16..]), BinaryPrimitives.ReadInt64LittleEndian(span[24..]));
    }

    // Who, from where to where, and the tags in two bytes each; or one byte for all of them.
    private byte[] Message(long before, long after, int[] tags)
    {
        var message = new byte[32 + (2 * tags.Length)];
        _node.TryWriteBytes(message);
        BinaryPrimitives.WriteInt64LittleEndian(message.AsSpan(16), before);
        BinaryPrimitives.WriteInt64LittleEndian(message.AsSpan(24), after);
        for (var i = 0; i < tags.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(32 + (2 * i)), (ushort)tags[i]);
        return message;
    }

    private static int[] Expand(ReadOnlySpan<byte> packed)
    {
        var tags = new int[packed.Length / 2];
        for (var i = 0; i < tags.Length; i++)
            tags[i] = BinaryPrimitives.ReadUInt16LittleEndian(packed[(2 * i)..]);
        return tags;
    }
}
