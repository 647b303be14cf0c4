using Witan.Client;
using Witan.Fixes;
using Witan.Server.Storage;

namespace Witan.Server.Fixes;

/// <summary>Where an escalated fix is voted on; null when too many votes are open.</summary>
internal readonly record struct Escalation(Guid? CollaborationId, bool IsFull);

/// <summary>
/// What other rooms add to the life of a fix. They build on fixes and hook in here when the server opens, so that fixes know
/// none of them.
/// </summary>
internal sealed class FixHooks
{
    /// <summary>The learnings that fit an attempt on some layers.</summary>
    public Func<Attempt, IReadOnlyList<int>, IReadOnlyList<FittingLearning>> Learnings { get; set; } = (_, _) => [];

    /// <summary>In its transaction: whether a fix worked became known, or changed.</summary>
    public Func<WriteSession, Guid, bool, Task> OutcomeKnown { get; set; } = (_, _, _) => Task.CompletedTask;

    /// <summary>In its transaction: puts a fix that is about to be stored to a vote.</summary>
    public Func<WriteSession, FixDraft, Guid, Task<Escalation>> Escalate { get; set; } = (_, _, _) => Task.FromResult(default(Escalation));

    /// <summary>Where a fix would be voted on, without opening anything.</summary>
    public Func<FixDraft, CancellationToken, Task<Escalation>> PeekEscalation { get; set; } = (_, _) => Task.FromResult(default(Escalation));
}
