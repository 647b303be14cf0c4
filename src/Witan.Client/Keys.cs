using System.Text.Json.Serialization;

namespace Witan.Client;

/// <summary>What a key permits. No scope includes another.</summary>
[JsonConverter(typeof(SnakeCaseNames<KeyScope>))]
public enum KeyScope
{
    /// <summary>Look: every GET, questions of confidence and dry runs of a policy.</summary>
    Read,

    /// <summary>Propose fixes, report outcomes and learnings, begin and move collaborations.</summary>
    Report,

    /// <summary>Vote.</summary>
    Vote,

    /// <summary>Ask as of a moment more than 5 minutes ago.</summary>
    Replay,

    /// <summary>Train, promote, run experiments, refresh summaries, manage keys and read the audit log.</summary>
    Admin,
}

/// <summary>A key to be made.</summary>
public sealed record KeyRequest
{
    /// <summary>What it is for, in words of yours.</summary>
    public required string Name { get; init; }

    /// <summary>What it permits; at least one.</summary>
    public required IReadOnlyList<KeyScope> Scopes { get; init; }

    /// <summary>The plan that limits its requests; <c>fleet</c> when absent.</summary>
    public string? Plan { get; init; }

    /// <summary>When it ends; never when absent.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>Another secret for a key.</summary>
public sealed record KeyRotation
{
    /// <summary>Until when the secret of before is taken too; for 24 hours when absent, at most 30 days.</summary>
    public DateTimeOffset? PreviousUntil { get; init; }
}

/// <summary>A key without its secret.</summary>
public sealed record KeyInfo
{
    /// <summary>Names it; no secret.</summary>
    public required string Id { get; init; }

    /// <summary>What it is for.</summary>
    public required string Name { get; init; }

    /// <summary>What it permits.</summary>
    public required IReadOnlyList<KeyScope> Scopes { get; init; }

    /// <summary>The plan that limits its requests.</summary>
    public required string Plan { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ends; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was revoked; null while it is not.</summary>
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Until when the secret before the last rotation is taken too; null when there is none.</summary>
    public DateTimeOffset? PreviousUntil { get; init; }

    /// <summary>When it was last used, to the minute; null for never.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }
}

/// <summary>A key that was made or rotated.</summary>
/// <param name="Key">The key itself, shown this once; null when the answer is a repetition.</param>
/// <param name="Info">What is kept of it.</param>
public sealed record IssuedKey(string? Key, KeyInfo Info);

/// <summary>A page of keys, newest first.</summary>
/// <param name="Keys">The keys.</param>
/// <param name="NextCursor">Asks for the next page; null at the end.</param>
public sealed record KeyPage(IReadOnlyList<KeyInfo> Keys, string? NextCursor);

/// <summary>An administrative act.</summary>
/// <param name="Id">Names the entry.</param>
/// <param name="At">When.</param>
/// <param name="Actor">The id of the key, <c>local</c> without keys, or <c>shell</c> for a verb on the database itself.</param>
/// <param name="Act">What was done, for example <c>key.revoke</c>.</param>
/// <param name="Target">To what; null where the act says it all.</param>
public sealed record AuditEntry(Guid Id, DateTimeOffset At, string Actor, string Act, string? Target);

/// <summary>A page of the audit log, newest first.</summary>
/// <param name="Entries">The acts.</param>
/// <param name="NextCursor">Asks for the next page; null at the end.</param>
public sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, string? NextCursor);
