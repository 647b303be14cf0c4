using Witan.Client;
using Witan.Fixes;
using Witan.Learnings;
using Witan.Server.Platform.Caching;
using Witan.Server.Storage;

namespace Witan.Server.Learnings;

/// <summary>All learnings in memory, for the answers to proposals.</summary>
internal sealed class LearningLibrary(LearningStore store) : IDisposable
{
    private const int MostRelated = 5;
    private const int MostOffered = 5;

    private readonly ReaderWriterLockSlim _lock = new();
    private readonly Dictionary<string, Shelved> _shelf = [];
    private readonly LearningIndex _index = new();
    private long? _version; // of the last write that was taken in from the database

    /// <summary>The learnings that fit an attempt and were known when it was proposed, ranked by evidence.</summary>
    public IReadOnlyList<FittingLearning> Fitting(Attempt attempt, IReadOnlyList<int> layers) => Read(() =>
        _index.Count == 0
            ? []
            : (IReadOnlyList<FittingLearning>)[.. _index.Fitting(attempt, layers, MostOffered, pattern => _shelf[pattern].CreatedAt <= attempt.ProposedAt)
                .Select(pattern => _shelf[pattern].Learning)]);

    /// <summary>How many there are.</summary>
    public int Count => Read(() => _shelf.Count);

    /// <summary>Patterns like one of them.</summary>
    public IReadOnlyList<string> Related(string pattern) => Read(() => _index.Related(pattern, MostRelated));

    /// <summary>Takes a learning in as it is now, with one more issue that it was used on.</summary>
    public void Put(LearningRow row, string? issue)
    {
        _lock.EnterWriteLock();
        try
        {
            var issues = _shelf.TryGetValue(row.Pattern, out var known) ? known.Issues : [];
            if (issue is not null)
                issues.Add(issue);
            PutLocked(row, issues);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    /// <summary>Reads what is new after another process has written.</summary>
    public async Task CatchUpAsync(WriteSession session)
    {
        var before = _version;
        session.WhenUndone(() => _version = before); // or nobody would be told that they are in memory
        var (learnings, issues) = await store.ChangedAsync(session, before);
        _version = session.VersionOf(Change.Learnings);
        if (learnings.Count > 0)
            session.Touch(Tags.Learnings); // an answer that was made before this is in memory may relate them wrongly
        _lock.EnterWriteLock();
        try
        {
            foreach (var row in learnings)
                PutLocked(row, [.. issues[row.Pattern]]);
        }
        finally
        {
            _lock.ExitWriteLock();
        }
    }

    public void Dispose() => _lock.Dispose();

    private void PutLocked(LearningRow row, HashSet<string> issues)
    {
        _shelf[row.Pattern] = new(new(row.Pattern, row.Problem, row.Solution, row.Confidence, row.TimesApplied, row.Successes), row.CreatedAt, issues);
        _index.Put(new(row.Pattern, row.Problem, row.AgentDomains, row.EsaLayers, new HashSet<string>(issues), row.Belief));
    }

    private T Read<T>(Func<T> look)
    {
        _lock.EnterReadLock();
        try
        {
            return look();
        }
        finally
        {
            _lock.ExitReadLock();
        }
    }

    private sealed record Shelved(FittingLearning Learning, DateTimeOffset CreatedAt, HashSet<string> Issues);
}
