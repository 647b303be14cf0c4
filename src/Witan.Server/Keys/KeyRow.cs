using Witan.Client;
using Witan.Server.Platform.Auth;
using Witan.Server.Storage;

namespace Witan.Server.Keys;

/// <summary>A key as it is stored.</summary>
internal sealed record KeyRow
{
    public const string Columns = """
        id AS Id, name AS Name, scopes AS Scopes, plan AS Plan, created_at AS CreatedAt, expires_at AS ExpiresAt, revoked_at AS RevokedAt,
        last_used_at AS LastUsedAt, secret_hash AS SecretHash, previous_hash AS PreviousHash, previous_until AS PreviousUntil
        """;

    public required string Id { get; init; }
    public required string Name { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }
    public required string Plan { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; init; }
    public required string SecretHash { get; init; }
    public string? PreviousHash { get; init; }
    public DateTimeOffset? PreviousUntil { get; init; }

    public KeyInfo ToInfo() => new()
    {
        Id = Id, Name = Name, Scopes = [.. ScopeValues], Plan = Plan, CreatedAt = CreatedAt, ExpiresAt = ExpiresAt, RevokedAt = RevokedAt,
        LastUsedAt = LastUsedAt, PreviousUntil = PreviousUntil,
    };

    public KeyEntry ToEntry() => new(
        new(Id, ScopeValues, Plan), Convert.FromHexString(SecretHash), PreviousHash is null ? null : Convert.FromHexString(PreviousHash), PreviousUntil, ExpiresAt, RevokedAt is not null);

    private IEnumerable<KeyScope> ScopeValues => Scopes.Select(Words.Parse<KeyScope>);
}
