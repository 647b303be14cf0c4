using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Mvc;
using Witan.Client;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.Telemetry;

namespace Witan.Server.Events;

/// <summary>A stream of server-sent events that tells what changed.</summary>
internal static class EventEndpoints
{
    public static void AddEvents(this IServiceCollection services) => services.AddSingleton<ChangeFeed>();

    public static void MapEvents(this IEndpointRouteBuilder routes) => routes.MapGet("/events", Follow).WithName("FollowEvents").WithTags("Events")
        .WithSummary("What changes, as server-sent events; with Last-Event-ID, since that one")
        .Produces<ChangeEvent>(200, "text/event-stream").Fails(400, 503).WithMetadata(new Streams()).Reads();

    private static IResult Follow([FromHeader(Name = "Last-Event-ID")] string? last, ChangeFeed feed, HttpContext context, IHostApplicationLifetime lifetime)
    {
        var told = string.IsNullOrEmpty(last) ? null : Versions.Parse(last);
        if (told is null && !string.IsNullOrEmpty(last))
            return ApiProblem.Invalid("Last-Event-ID", "is not the id of an event of this stream; leave it out to begin anew");
        if (!feed.TryEnter())
            return new ApiProblem(503, "too_many_listeners", $"{ChangeFeed.MostListeners} listen already. Try again later.") { RetryAfter = TimeSpan.FromSeconds(30) };
        context.Response.Headers["X-Accel-Buffering"] = "no"; // or nginx keeps events until a page of them is full
        return TypedResults.ServerSentEvents(ItemsAsync(feed, told, context, lifetime.ApplicationStopping));
    }

    private static async IAsyncEnumerable<SseItem<string>> ItemsAsync(
        ChangeFeed feed, Versions? told, HttpContext context, CancellationToken stopping, [EnumeratorCancellation] CancellationToken aborted = default)
    {
        try
        {
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(aborted, stopping);
            await foreach (var change in EndQuietlyAsync(feed.FollowAsync(told, context.Caller(), ending.Token)))
                yield return new(JsonSerializer.Serialize(change, WitanJson.Default.ChangeEvent), change.Kinds.Count == 0 ? "alive" : "change") { EventId = change.Id };
        }
        finally
        {
            feed.Leave();
        }
    }

    // A listener that goes away, and a server that ends, are no failures.
    private static async IAsyncEnumerable<T> EndQuietlyAsync<T>(IAsyncEnumerable<T> source)
    {
        await using var items = source.GetAsyncEnumerator();
        while (true)
        {
            try
            {
                if (!await items.MoveNextAsync())
                    yield break;
            }
            catch (OperationCanceledException)
            {
                yield break;
            }
            yield return items.Current;
        }
    }
}
