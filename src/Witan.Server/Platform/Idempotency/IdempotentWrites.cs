using System.Text;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Platform.Idempotency;

/// <summary>
/// Writes for HTTP. The answer to a POST with an Idempotency-Key is stored in the transaction of its effect and given again
/// for 24 hours. Since there is one writer, the second of two equal requests waits for the first and then finds its answer.
/// </summary>
internal sealed class IdempotentWrites
{
    private const string Header = "Idempotency-Key";
    private const int LongestKey = 255;

    // Without API keys there is one caller: whoever reaches this machine's loopback.
    private const string Caller = "local";

    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private readonly WriteQueue _writes;
    private readonly TimeSpan? _deadline;
    private readonly TimeProvider _clock;
    private readonly WriteOperation<Keyed, Reply> _once;

    public IdempotentWrites(WriteQueue writes, Database database, TimeProvider clock) =>
        (_writes, _deadline, _clock, _once) = (writes, database.Deadline, clock, OnceForAllAsync);

    /// <summary>Writes and renders the answer, or repeats the answer that this key was given before.</summary>
    /// <param name="context">The request.</param>
    /// <param name="bodyHash">Tells its body from others.</param>
    /// <param name="operation">What to do.</param>
    /// <param name="input">With what.</param>
    /// <param name="render">Makes the answer.</param>
    /// <param name="isLong">Whether it may take longer than a request usually waits; each of its statements still has a deadline.</param>
    public async Task<IResult> ReplyAsync<TIn, TOut>(
        HttpContext context, string bodyHash, WriteOperation<TIn, TOut> operation, TIn input, Func<TOut, Reply> render, bool isLong = false)
    {
        if (!context.Request.Headers.TryGetValue(Header, out var values))
            return render(await InTimeAsync(operation, input, isLong));
        var key = values.ToString();
        if (values.Count != 1 || key.Length is 0 or > LongestKey || key.Any(c => c is < ' ' or > '~'))
            return ApiProblem.Invalid(Header, $"expected one value of 1 to {LongestKey} printable ASCII characters");
        return await InTimeAsync(_once, new(context.Request.Path, key, bodyHash, async session => render((await operation(session, [input]))[0])), isLong);
    }

    // A database that hangs may yet store what is answered with 503 here: the caller cannot know, and asks again with the same key.
    private async Task<TOut> InTimeAsync<TIn, TOut>(WriteOperation<TIn, TOut> operation, TIn input, bool isLong)
    {
        var written = _writes.RunAsync(operation, input);
        if (_deadline is not { } deadline || isLong || written.IsCompleted)
            return await written;
        try
        {
            return await written.WaitAsync(deadline);
        }
        catch (TimeoutException e)
        {
            throw new StorageFault("The database did not answer in time; the write may or may not be stored. Try again with the same Idempotency-Key.", false, e);
        }
    }

    private async Task<IReadOnlyList<Reply>> OnceForAllAsync(WriteSession session, IReadOnlyList<Keyed> requests)
    {
        await session.RunAsync("DELETE FROM idempotency_keys WHERE stored_at < @0", _clock.GetUtcNow() - Kept);
        var replies = new List<Reply>(requests.Count);
        foreach (var request in requests)
            replies.Add(await OnceAsync(session, request));
        return replies;
    }

    private async Task<Reply> OnceAsync(WriteSession session, Keyed request)
    {
        var stored = await session.QueryFirstOrDefaultAsync<Row>(
            "SELECT body_hash AS BodyHash, status AS Status, location AS Location, body AS Body FROM idempotency_keys WHERE caller = @Caller AND route = @Route AND key = @Key",
            new { Caller, request.Route, request.Key });
        if (stored is not null)
            return stored.BodyHash == request.BodyHash
                ? Reply.Stored((int)stored.Status, stored.Location, Encoding.UTF8.GetBytes(stored.Body))
                : Reply.Of(new ApiProblem(422, "idempotency_key_reused", "This Idempotency-Key was used with another body. Use a new key for a new request."));
        var reply = await request.Work(session);
        if (reply.Status >= 400)
            return reply; // nothing was stored, so there is nothing to repeat
        await session.RunAsync(
            "INSERT INTO idempotency_keys (caller, route, key, body_hash, status, location, body, stored_at) VALUES (@0, @1, @2, @3, @4, @5, @6, @7)",
            Caller, request.Route, request.Key, request.BodyHash, reply.Status, reply.Location, Encoding.UTF8.GetString(reply.Bytes), _clock.GetUtcNow());
        return reply;
    }

    private sealed record Keyed(string Route, string Key, string BodyHash, Func<WriteSession, Task<Reply>> Work);

    private sealed record Row
    {
        public required string BodyHash { get; init; }
        public long Status { get; init; }
        public string? Location { get; init; }
        public required string Body { get; init; }
    }
}
