using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Security.Cryptography;

namespace Witan.Server.Platform.Auth;

/// <summary>A key as it is checked.</summary>
/// <param name="Caller">Who it stands for.</param>
/// <param name="Hash">Of its secret.</param>
/// <param name="PreviousHash">Of the secret before the last rotation.</param>
/// <param name="PreviousUntil">Until when that one is taken.</param>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="IsRevoked">Whether it was revoked.</param>
internal sealed record KeyEntry(Caller Caller, byte[] Hash, byte[]? PreviousHash, DateTimeOffset? PreviousUntil, DateTimeOffset? ExpiresAt, bool IsRevoked)
{
    /// <summary>The secret, once it was sent and found to be right: from then on it is compared with that, and not hashed for each request.</summary>
    public byte[]? Proven { get; set; }
}

/// <summary>All keys in memory, as they were last read from the database. A request is checked without asking it.</summary>
internal sealed class KeyRing(Pepper pepper, TimeProvider clock)
{
    private static readonly Caller Unknown = new("", [], "") { Refusal = "The key is not known here. Check that it is whole and of this server." };
    private static readonly Caller Expired = new("", [], "") { Refusal = "The key has expired. Ask for another one." };
    private static readonly Caller Revoked = new("", [], "") { Refusal = "The key was revoked. Ask for another one." };

    private static readonly Caller Uncheckable = new("", [], "") { Refusal = "No key can be checked here: this server lacks the pepper that they were made with (keys.pepper)." };

    private readonly ConcurrentDictionary<string, long> _uses = new();
    private volatile FrozenDictionary<string, KeyEntry> _keys = FrozenDictionary<string, KeyEntry>.Empty;

    /// <summary>Whether keys are needed: once one was made they are, even if all were revoked since.</summary>
    public bool IsInForce => _keys.Count > 0;

    /// <summary>Whether anybody can get in with a key.</summary>
    public bool HasUsable => _keys.Values.Any(key => !key.IsRevoked && !(key.ExpiresAt <= clock.GetUtcNow()));

    public void Replace(IEnumerable<KeyValuePair<string, KeyEntry>> keys) => _keys = keys.ToFrozenDictionary();

    /// <summary>Who a key stands for; nobody, with the reason, when it is not to be taken.</summary>
    public Caller Of(ReadOnlySpan<char> key)
    {
        if (!ApiKey.IsWhole(key) || !_keys.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(ApiKey.IdIn(key), out var entry))
            return Unknown;
        if (!pepper.IsKnown)
            return Uncheckable;
        var now = clock.GetUtcNow();
        Span<byte> secret = stackalloc byte[ApiKey.SecretBytes];
        if (!ApiKey.TryReadSecret(key, secret) || !(CryptographicOperations.FixedTimeEquals(secret, entry.Proven) || Prove(key, secret, entry, now)))
            return Unknown;
        if (entry.IsRevoked)
            return Revoked;
        if (now >= entry.ExpiresAt)
            return Expired;
        NoteUse(entry.Caller.Id, now.ToUnixTimeSeconds() / 60);
        return entry.Caller;
    }

    private bool Prove(ReadOnlySpan<char> key, ReadOnlySpan<byte> secret, KeyEntry entry, DateTimeOffset now)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        ApiKey.Hash(key, pepper.Value, hash);
        if (CryptographicOperations.FixedTimeEquals(hash, entry.Hash))
        {
            entry.Proven = secret.ToArray();
            return true;
        }
        return now < entry.PreviousUntil && CryptographicOperations.FixedTimeEquals(hash, entry.PreviousHash);
    }

    /// <summary>Whether somebody who was let in still would be.</summary>
    public bool IsGood(Caller caller) => !IsInForce ? caller == Caller.Local
        : _keys.TryGetValue(caller.Id, out var entry) && !entry.IsRevoked && !(clock.GetUtcNow() >= entry.ExpiresAt);

    /// <summary>Takes the uses noted since the last time, to the minute.</summary>
    public IReadOnlyList<(string Id, DateTimeOffset At)> TakeUses()
    {
        var taken = new List<(string, DateTimeOffset)>();
        foreach (var (id, _) in _uses)
        {
            if (_uses.TryRemove(id, out var minute))
                taken.Add((id, DateTimeOffset.FromUnixTimeSeconds(minute * 60)));
        }
        return taken;
    }

    private void NoteUse(string id, long minute)
    {
        if (!_uses.TryGetValue(id, out var noted) || noted != minute)
            _uses[id] = minute;
    }
}
