using Witan.Client;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Keys;

/// <summary>A change of a key that is there.</summary>
internal sealed record KeyChange(string Id, DateTimeOffset? PreviousUntil = null);

/// <summary>The key as it is now with its secret, where there is a new one; or why nothing changed.</summary>
internal sealed record KeyResult(string? Key, KeyRow? Row, ApiProblem? Problem);

/// <summary>Makes, rotates and revokes keys.</summary>
internal sealed class KeyIntake
{
    private static readonly TimeSpan DefaultOverlap = TimeSpan.FromHours(24);
    private static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(30);

    private readonly KeyStore _store;
    private readonly KeyRing _ring;
    private readonly Pepper _pepper;
    private readonly TimeProvider _clock;

    public KeyIntake(KeyStore store, KeyRing ring, Pepper pepper, TimeProvider clock)
    {
        (_store, _ring, _pepper, _clock) = (store, ring, pepper, clock);
        Create = OneByOne.Of<KeyRequest, KeyResult>(CreateAsync);
        Rotate = OneByOne.Of<KeyChange, KeyResult>(RotateAsync);
        Revoke = OneByOne.Of<KeyChange, KeyResult>(RevokeAsync);
    }

    public WriteOperation<KeyRequest, KeyResult> Create { get; }

    public WriteOperation<KeyChange, KeyResult> Rotate { get; }

    public WriteOperation<KeyChange, KeyResult> Revoke { get; }

    /// <summary>What is wrong with a key to be made, or null.</summary>
    public ApiProblem? Objection(KeyRequest request, IReadOnlyCollection<string> plans)
    {
        var checks = new FieldChecks();
        checks.Key("name", request.Name, 100);
        if (request.Scopes.Count == 0)
            checks.Fail("scopes", "is empty; give at least one of read, report, vote, replay, admin");
        if (request.Plan is { } plan && !plans.Contains(plan))
            checks.Fail("plan", $"no plan has this name; there are {string.Join(", ", plans.Order(StringComparer.Ordinal))}");
        if (request.ExpiresAt <= _clock.GetUtcNow())
            checks.Fail("expiresAt", "lies in the past");
        return checks.Problem;
    }

    public ApiProblem? Objection(KeyRotation rotation) => rotation.PreviousUntil > _clock.GetUtcNow() + LongestOverlap
        ? ApiProblem.Invalid("previousUntil", $"lies more than {LongestOverlap.TotalDays:0} days ahead; the old secret is to end")
        : null;

    private async Task<KeyResult> CreateAsync(WriteSession session, KeyRequest request)
    {
        if (!_ring.IsInForce)
            _pepper.Make(); // later it would be another one than that of the keys that are there
        if (NoPepper() is { } none)
            return none;
        var id = ApiKey.NewId();
        var key = ApiKey.Issue(id);
        var row = new KeyRow
        {
            Id = id, Name = request.Name, Scopes = [.. request.Scopes.Distinct().Order().Select(Words.Of)], Plan = request.Plan ?? DefaultPlan,
            CreatedAt = Now(), ExpiresAt = request.ExpiresAt, SecretHash = ApiKey.Hash(key, _pepper.Value),
        };
        await _store.InsertAsync(session, row);
        return new(key, row, null);
    }

    /// <summary>The plan of a key that names none.</summary>
    public const string DefaultPlan = "fleet";

    private async Task<KeyResult> RotateAsync(WriteSession session, KeyChange change)
    {
        if (await KeyStore.FindAsync(session, change.Id) is not { } row)
            return Unknown(change.Id);
        if (row.RevokedAt is not null)
            return new(null, null, new(409, "key_revoked", "The key was revoked and gets no other secret. Make a new one."));
        if (NoPepper() is { } none)
            return none;
        var now = Now();
        var key = ApiKey.Issue(row.Id);
        var until = change.PreviousUntil ?? now + DefaultOverlap;
        var rotated = row with { SecretHash = ApiKey.Hash(key, _pepper.Value), PreviousHash = until > now ? row.SecretHash : null, PreviousUntil = until > now ? until : null };
        await _store.UpdateAsync(session, rotated, now);
        return new(key, rotated, null);
    }

    private async Task<KeyResult> RevokeAsync(WriteSession session, KeyChange change)
    {
        if (await KeyStore.FindAsync(session, change.Id) is not { } row)
            return Unknown(change.Id);
        if (row.RevokedAt is not null)
            return new(null, row, null);
        var now = Now();
        var revoked = row with { RevokedAt = now };
        await _store.UpdateAsync(session, revoked, now);
        return new(null, revoked, null);
    }

    private KeyResult? NoPepper() => _pepper.Missing is { } missing ? new(null, null, new(409, "pepper_missing", $"Keys cannot be made: {missing}.")) : null;

    private static KeyResult Unknown(string id) => new(null, null, ApiProblem.NotFound($"No key has the id \"{id}\". GET /api/keys lists them."));

    private DateTimeOffset Now() => WitanTime.ToMicroseconds(_clock.GetUtcNow());
}
