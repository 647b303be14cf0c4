using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Platform.Http;

/// <summary>Takes the place of the response while an answer is made that others may want too.</summary>
internal sealed class Capture
{
    /// <summary>The answer, when it was a 200 with a representation.</summary>
    public Representation? Taken { get; set; }
}

/// <summary>Gives every 200 of a GET an ETag of its bytes, and answers 304 when the caller has them already.</summary>
internal sealed class EntityTags : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);
        if (result is INestedHttpResult nested)
            result = nested.Result;
        return result is IValueHttpResult { Value: { } value } and IStatusCodeHttpResult { StatusCode: 200 } ? new Tagged(value) : result;
    }

    private sealed class Tagged(object value) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) =>
            SendAsync(httpContext, JsonSerializer.SerializeToUtf8Bytes(value, WitanJson.Default.GetTypeInfo(value.GetType())!));
    }

    /// <summary>Sends a 200 with its tag, or 304; or gives it to whoever waits for it to be made.</summary>
    public static Task SendAsync(HttpContext context, byte[] body)
    {
        var representation = Representation.Of(body, context.Response.Headers.Link is [{ } link] ? link : null);
        if (context.Features.Get<Capture>() is not { } capture)
            return representation.SendAsync(context);
        capture.Taken = representation;
        return Task.CompletedTask;
    }
}
