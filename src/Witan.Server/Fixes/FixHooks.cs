using Witan.Client;
using Witan.Fixes;
using Witan.Intelligence.Models;
using Witan.Server.Models;
using Witan.Server.Storage;

namespace Witan.Server.Fixes;

/// <summary>Where an escalated fix is voted on; null when too many votes are open.</summary>
internal readonly record struct Escalation(Guid? CollaborationId, bool IsFull);

/// <summary>Whether a fix worked.</summary>
internal readonly record struct KnownOutcome(Guid FixId, bool Success);

/// <summary>Which arm of a live experiment answers, how probable that was, and the arm that does not.</summary>
internal sealed record Assignment(string Experiment, string Arm, double Propensity, (string Version, IScorer Scorer) Scorer, string OtherArm, IScorer OtherScorer);

/// <summary>
/// What other rooms add to the life of a fix. They build on fixes and hook in here when the server opens, so that fixes know
/// none of them.
/// </summary>
internal sealed class FixHooks
{
    /// <summary>The learnings that fit an attempt on some layers.</summary>
    public Func<Attempt, IReadOnlyList<int>, IReadOnlyList<FittingLearning>> Learnings { get; set; } = (_, _) => [];

    /// <summary>What <see cref="OutcomesKnown"/> has to know of some fixes.</summary>
    public Func<IReadOnlyList<Guid>, IReads?> BeforeOutcomes { get; set; } = _ => null;

    /// <summary>In their transaction: whether fixes worked became known, or changed. With what it has to know, where that was read before.</summary>
    public Func<WriteSession, IReadOnlyList<KnownOutcome>, IReads?, Task> OutcomesKnown { get; set; } = (_, _, _) => Task.CompletedTask;

    /// <summary>In its transaction: puts a fix that is about to be stored to a vote.</summary>
    public Func<WriteSession, FixDraft, Guid, Task<Escalation>> Escalate { get; set; } = (_, _, _) => Task.FromResult(default(Escalation));

    /// <summary>Which arm of a live experiment answers an attempt (with the id of its fix, when it has one) scored by these scorers; null outside of one.</summary>
    public Func<Attempt, Guid?, ServingScorers, int, Assignment?> Assign { get; set; } = (_, _, _, _) => null;

    /// <summary>In its transaction: a fix was stored that has a score.</summary>
    public Func<WriteSession, Guid, Scored, Task> Proposed { get; set; } = (_, _, _) => Task.CompletedTask;

    /// <summary>Where a fix would be voted on, without opening anything.</summary>
    public Func<FixDraft, CancellationToken, Task<Escalation>> PeekEscalation { get; set; } = (_, _) => Task.FromResult(default(Escalation));
}
