using Witan.Server.Platform.Http;

namespace Witan.Server.Storage;

/// <summary>What makes a repeated POST the same POST.</summary>
internal sealed record IdempotencyKey(string Caller, string Route, string Key, string BodyHash);

/// <summary>
/// Remembers the answers to POSTs with an Idempotency-Key for 24 hours, in the transaction of their effect. Since there is
/// one writer, the second of two equal requests waits for the first and then finds its answer.
/// </summary>
internal sealed class IdempotencyStore(TimeProvider clock)
{
    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    public async Task<Reply> OnceAsync(WriteSession session, IdempotencyKey key, Func<WriteSession, Task<Reply>> work)
    {
        var now = clock.GetUtcNow();
        await session.RunAsync("DELETE FROM idempotency_keys WHERE stored_at < @0", now - Kept);
        var stored = await session.QueryFirstOrDefaultAsync<Row>(
            "SELECT body_hash AS BodyHash, status AS Status, location AS Location, body AS Body FROM idempotency_keys WHERE caller = @Caller AND route = @Route AND key = @Key", key);
        if (stored is not null)
            return stored.BodyHash == key.BodyHash
                ? Reply.Stored((int)stored.Status, stored.Location, System.Text.Encoding.UTF8.GetBytes(stored.Body))
                : Reply.Of(new ApiProblem(422, "idempotency_key_reused", "This Idempotency-Key was used with another body. Use a new key for a new request."));
        var reply = await work(session);
        if (reply.Status >= 400)
            return reply; // nothing was stored, so there is nothing to repeat
        await session.RunAsync(
            "INSERT INTO idempotency_keys (caller, route, key, body_hash, status, location, body, stored_at) VALUES (@0, @1, @2, @3, @4, @5, @6, @7)",
            key.Caller, key.Route, key.Key, key.BodyHash, reply.Status, reply.Location, System.Text.Encoding.UTF8.GetString(reply.Bytes), now);
        return reply;
    }

    private sealed record Row
    {
        public required string BodyHash { get; init; }
        public long Status { get; init; }
        public string? Location { get; init; }
        public required string Body { get; init; }
    }
}
