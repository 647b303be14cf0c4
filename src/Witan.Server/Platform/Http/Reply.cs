using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Witan.Server.Platform.Http;

/// <summary>The answer to a write: made inside its transaction, so that it can be stored with its effect and given again.</summary>
internal sealed class Reply : IResult
{
    private readonly Func<byte[]> _body;
    private readonly ApiProblem? _problem;
    private byte[]? _bytes;

    private Reply(int status, string? location, Func<byte[]> body, ApiProblem? problem = null) =>
        (Status, Location, _body, _problem) = (status, location, body, problem);

    public int Status { get; }

    public string? Location { get; }

    /// <summary>The JSON of the answer; made once.</summary>
    public byte[] Bytes => _bytes ??= _body();

    public static Reply Of<T>(int status, T value, JsonTypeInfo<T> type, string? location = null) =>
        new(status, location, () => JsonSerializer.SerializeToUtf8Bytes(value, type));

    public static Reply Of(ApiProblem problem) => new(problem.Status, null, () => problem.ToJson(null), problem);

    public static Reply Stored(int status, string? location, byte[] body) => new(status, location, () => body);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        if (_problem is not null)
        {
            await _problem.ExecuteAsync(httpContext);
            return;
        }
        var response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = Status >= 400 ? "application/problem+json" : "application/json";
        response.Headers.CacheControl = "no-store";
        if (Location is not null)
            response.Headers.Location = Location;
        response.ContentLength = Bytes.Length;
        await response.Body.WriteAsync(Bytes);
    }
}
