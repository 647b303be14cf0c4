using System.Text;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Platform.Idempotency;

/// <summary>
/// Writes for HTTP. The answer to a POST with an Idempotency-Key is stored in the transaction of its effect and given again
/// for 24 hours. Since there is one writer, the second of two equal requests waits for the first and then finds its answer.
/// What an administrator does is written down in that transaction too.
/// </summary>
internal sealed class IdempotentWrites
{
    private const string Header = "Idempotency-Key";
    private const int LongestKey = 255;

    private static readonly TimeSpan Kept = TimeSpan.FromHours(24);

    private readonly WriteQueue _writes;
    private readonly TimeSpan? _deadline;
    private readonly AuditLog _audit;
    private readonly TimeProvider _clock;
    private readonly WriteOperation<Request, Reply> _once;

    public IdempotentWrites(WriteQueue writes, Database database, AuditLog audit, TimeProvider clock) =>
        (_writes, _deadline, _audit, _clock, _once) = (writes, database.Deadline, audit, clock, OnceForAllAsync);

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
        var act = context.GetEndpoint()?.Metadata.GetMetadata<Audited>()?.Act;
        string? key = null;
        if (context.Request.Headers.TryGetValue(Header, out var values))
        {
            key = values.ToString();
            if (values.Count != 1 || key.Length is 0 or > LongestKey || key.Any(c => c is < ' ' or > '~'))
                return ApiProblem.Invalid(Header, $"expected one value of 1 to {LongestKey} printable ASCII characters");
        }
        if (key is null && act is null)
            return render(await InTimeAsync(operation, input, isLong));
        var request = new Request(context.Caller().Id, context.Request.Path, key, bodyHash, act, Audited.TargetOf(context), async session => render((await operation(session, [input]))[0]));
        return await InTimeAsync(_once, request, isLong);
    }

    /// <summary>Writes an administrative act down that changed nothing in the database.</summary>
    public Task NoteActAsync(HttpContext context) => InTimeAsync(
        _once, new Request(context.Caller().Id, context.Request.Path, null, "", context.GetEndpoint()!.Metadata.GetMetadata<Audited>()!.Act, Audited.TargetOf(context), _ => Task.FromResult(Reply.Stored(200, null, []))), isLong: false);

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

    private async Task<IReadOnlyList<Reply>> OnceForAllAsync(WriteSession session, IReadOnlyList<Request> requests)
    {
        await session.RunAsync("DELETE FROM idempotency_keys WHERE stored_at < @0", _clock.GetUtcNow() - Kept);
        var replies = new List<Reply>(requests.Count);
        foreach (var request in requests)
            replies.Add(request.Key is null ? await DoAsync(session, request) : await OnceAsync(session, request));
        return replies;
    }

    private async Task<Reply> DoAsync(WriteSession session, Request request)
    {
        var reply = await request.Work(session);
        if (request.Act is { } act && reply.Status < 400)
            await _audit.WriteAsync(session, request.Caller, act, request.Target ?? reply.Made);
        return reply;
    }

    private async Task<Reply> OnceAsync(WriteSession session, Request request)
    {
        var stored = await session.QueryFirstOrDefaultAsync<Row>(
            "SELECT body_hash AS BodyHash, status AS Status, location AS Location, body AS Body FROM idempotency_keys WHERE caller = @Caller AND route = @Route AND key = @Key",
            new { request.Caller, request.Route, request.Key });
        if (stored is not null)
            return stored.BodyHash == request.BodyHash
                ? Reply.Stored((int)stored.Status, stored.Location, Encoding.UTF8.GetBytes(stored.Body))
                : Reply.Of(new ApiProblem(422, "idempotency_key_reused", "This Idempotency-Key was used with another body. Use a new key for a new request."));
        var reply = await DoAsync(session, request);
        if (reply.Status >= 400)
            return reply; // nothing was stored, so there is nothing to repeat
        await session.RunAsync(
            "INSERT INTO idempotency_keys (caller, route, key, body_hash, status, location, body, stored_at) VALUES (@0, @1, @2, @3, @4, @5, @6, @7)",
            request.Caller, request.Route, request.Key, request.BodyHash, reply.Status, reply.Location, Encoding.UTF8.GetString(reply.Kept), _clock.GetUtcNow());
        return reply;
    }

    /// <summary>A write with a key, or one that is written down.</summary>
    private sealed record Request(string Caller, string Route, string? Key, string BodyHash, string? Act, string? Target, Func<WriteSession, Task<Reply>> Work);

    private sealed record Row
    {
        public required string BodyHash { get; init; }
        public long Status { get; init; }
        public string? Location { get; init; }
        public required string Body { get; init; }
    }
}
