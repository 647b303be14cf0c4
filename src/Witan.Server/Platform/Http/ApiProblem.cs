using System.Diagnostics;
using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Platform.Http;

/// <summary>An expected failure as an answer: problem+json with a stable code, never a stack trace.</summary>
internal sealed class ApiProblem(int status, string code, string detail, params IReadOnlyList<FieldProblem> errors) : IResult, IStatusCodeHttpResult
{
    public int Status => status;

    int? IStatusCodeHttpResult.StatusCode => status;

    public string Detail => detail;

    /// <summary>When the caller may try again; null when trying again does not help.</summary>
    public TimeSpan? RetryAfter { get; init; }

    public static ApiProblem Invalid(IReadOnlyList<FieldProblem> errors) =>
        new(400, "validation_failed", string.Join("; ", errors.Select(e => $"{e.Field}: {e.Message}")), errors);

    public static ApiProblem Invalid(string field, string message) => Invalid([new FieldProblem(field, message)]);

    public static ApiProblem NotFound(string what) => new(404, "not_found", what);

    public static ApiProblem Unavailable(string detail) => new(503, "storage_unavailable", detail) { RetryAfter = TimeSpan.FromSeconds(1) };

    public byte[] ToJson(HttpContext? context) => JsonSerializer.SerializeToUtf8Bytes(ToProblem(context), WitanJson.Default.Problem);

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        response.StatusCode = status;
        response.ContentType = "application/problem+json";
        response.Headers.CacheControl = "no-store";
        if (RetryAfter is { } wait)
            response.Headers.RetryAfter = ((int)Math.Ceiling(wait.TotalSeconds)).ToString(System.Globalization.CultureInfo.InvariantCulture);
        var body = ToJson(httpContext);
        response.ContentLength = body.Length;
        await response.Body.WriteAsync(body);
    }

    /// <summary>Names the request, in its answer and in the log.</summary>
    public static string TraceOf(HttpContext? context) => Activity.Current?.TraceId.ToString() ?? context?.TraceIdentifier ?? "";

    private Problem ToProblem(HttpContext? context) => new()
    {
        Type = $"https://datatracker.ietf.org/doc/html/rfc9110#status.{status}",
        Title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status),
        Status = status,
        Detail = detail,
        Code = code,
        TraceId = TraceOf(context),
        Errors = errors,
    };
}
