using System.IO.Hashing;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using Witan.Client;

namespace Witan.Server.Platform.Http;

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

    /// <summary>Sends a 200 with its tag, or 304.</summary>
    public static async Task SendAsync(HttpContext httpContext, ReadOnlyMemory<byte> body)
    {
        var tag = TagOf(body.Span);
        var response = httpContext.Response;
        response.Headers.ETag = tag;
        response.Headers.CacheControl = "private, no-cache";
        if (Matches(httpContext.Request, tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        response.ContentType = "application/json";
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body);
    }

    private static string TagOf(ReadOnlySpan<byte> body)
    {
        Span<byte> digest = stackalloc byte[16];
        XxHash128.Hash(body, digest);
        return $"\"{Convert.ToHexStringLower(digest)}\"";
    }

    private static bool Matches(HttpRequest request, string tag) =>
        request.Headers.IfNoneMatch is { Count: > 0 } wanted && EntityTagHeaderValue.TryParseList(wanted, out var known)
        && known.Any(t => t.Equals(EntityTagHeaderValue.Any) || t.Tag == tag);
}
