using CsCheck;
using Witan.Fixes;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;

namespace Witan.Tests.Intelligence.TrackRecords;

/// <summary>Small histories with few names and few moments, so that ties, late arrivals and rollbacks are common.</summary>
internal static class RandomFixes
{
    public const int LastMinute = 12;

    private static readonly string?[] Issues = [null, "crash", "leak"];
    private static readonly string?[] Errors = [null, "KeyError: 1", "KeyError: 2", "Timeout"];

    public static Gen<Attempt> Attempt { get; } =
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 1], Gen.Int[0, 3], Gen.Int[0, 1], Gen.Int[0, LastMinute], MakeAttempt);

    /// <summary>Fixes and a seed for the order of their arrival.</summary>
    public static Gen<(ResolvedAttempt[] Fixes, int Seed)> Arriving { get; } = WithSeed(distinct: true);

    /// <summary>The same, with successes that nothing but a rollback tells apart.</summary>
    public static Gen<(ResolvedAttempt[] Fixes, int Seed)> TiedArriving { get; } = WithSeed(distinct: false);

    /// <summary>A book that was filled in batches.</summary>
    public static RecordBook Book(IEnumerable<OutcomeEvent> log, int seed)
    {
        var book = new RecordBook();
        foreach (var batch in log.Chunk(1 + (Math.Abs(seed) % 7)))
            book.Add(batch);
        return book;
    }

    private static Gen<(ResolvedAttempt[] Fixes, int Seed)> WithSeed(bool distinct) =>
        Gen.Select(Fix.Array[1, 40], Gen.Int[0, 1_000_000], (fixes, seed) => (distinct ? Distinct(fixes) : fixes, seed));

    private static Gen<ResolvedAttempt> Fix =>
        Gen.Select(Attempt, Gen.Int[0, 3], Gen.Int[-1, 2], Gen.Int[0, 9], (attempt, took, duration, fate) =>
        {
            var completedAt = attempt.ProposedAt.AddMinutes(took);
            var rolledBackAt = fate >= 7 ? completedAt.AddMinutes(fate - 7) : (DateTimeOffset?)null;
            return new ResolvedAttempt(attempt, completedAt, fate >= 4, duration < 0 ? null : 1000 * duration, rolledBackAt);
        });

    private static ResolvedAttempt[] Distinct(ResolvedAttempt[] fixes) =>
    [
        .. fixes.Select((fix, i) => fix.RolledBackAt is null
            ? fix
            : fix with { Attempt = fix.Attempt with { ProposedAt = fix.Attempt.ProposedAt.AddSeconds(-1 - i) } }),
    ];

    private static Attempt MakeAttempt(int agent, int issue, int repository, int error, int strategy, int minute) => new()
    {
        AgentId = $"agent-{agent}",
        Family = agent == 0 ? null : $"family-{agent % 2}",
        Model = agent == 1 ? null : "model",
        Strategy = strategy == 0 ? "code_patch" : "performance",
        Issue = Issues[issue],
        Repository = repository == 0 ? null : "engine",
        Domain = issue == 1 ? "backend" : null,
        Error = Errors[error],
        ProposedAt = Given.At(minute),
    };
}
