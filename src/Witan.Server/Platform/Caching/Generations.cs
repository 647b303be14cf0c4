namespace Witan.Server.Platform.Caching;

/// <summary>
/// How often each tag has been invalidated on this node. An answer holds the numbers of the moment before it was made, and is current
/// while they stand: what was computed before a write, and stored after it, is out of date from the start.
/// </summary>
internal sealed class Generations
{
    private readonly long[] _numbers = new long[Tags.Count];
    private long _all;

    public Snapshot Now(int[] tags)
    {
        var all = Volatile.Read(ref _all);
        return new(this, tags, all, [.. tags.Select(tag => Volatile.Read(ref _numbers[tag]))]);
    }

    public void Invalidate(ReadOnlySpan<int> tags)
    {
        foreach (var tag in tags)
            Interlocked.Increment(ref _numbers[tag]);
    }

    public void InvalidateAll() => Interlocked.Increment(ref _all);

    /// <summary>The tags of an answer and their numbers.</summary>
    internal sealed class Snapshot(Generations generations, int[] tags, long all, long[] numbers)
    {
        public int[] Tags => tags;

        public bool IsCurrent
        {
            get
            {
                if (Volatile.Read(ref generations._all) != all)
                    return false;
                for (var i = 0; i < tags.Length; i++)
                {
                    if (Volatile.Read(ref generations._numbers[tags[i]]) != numbers[i])
                        return false;
                }
                return true;
            }
        }
    }
}
