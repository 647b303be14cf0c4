using System.Data.Common;
using Witan.Server.Storage;

namespace Witan.Server.Platform.Http;

/// <summary>The one place where exceptions, and answers without a body, become problem+json.</summary>
internal static partial class ErrorHandling
{
    // Headers that are set before, such as those of limits, stay on the answer.
    public static void UseProblems(this WebApplication app)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Witan.Server.Http");
        app.Use(next => context =>
        {
            var answered = next(context);
            return answered.IsCompletedSuccessfully && !LacksBody(context.Response) ? Task.CompletedTask : AnswerAsync(context, answered, log);
        });
    }

    private static bool LacksBody(HttpResponse response) =>
        response is { StatusCode: >= 400 and < 600, HasStarted: false, ContentLength: null } && string.IsNullOrEmpty(response.ContentType);

    private static async Task AnswerAsync(HttpContext context, Task answered, ILogger log)
    {
        try
        {
            await answered;
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            if (!context.RequestAborted.IsCancellationRequested || e is not OperationCanceledException)
                await FailAsync(context, e, log);
            return;
        }
        if (LacksBody(context.Response))
            await ProblemOf(context.Response.StatusCode).ExecuteAsync(context);
    }

    private static Task FailAsync(HttpContext context, Exception exception, ILogger log)
    {
        var problem = exception switch
        {
            BadHttpRequestException bad => ProblemOf(bad.StatusCode),
            StorageFault fault => ProblemOf(fault),
            DbException e when StorageFault.Of(e) is { } fault => ProblemOf(fault),
            _ => new(500, "internal_error", "Witan failed on this request; the server's log has the trace id."),
        };
        if (problem.Status is 503 or 507)
            LogUnavailable(log, context.Request.Method, context.Request.Path, problem.Status, problem.Detail);
        else if (problem.Status >= 500)
            LogFailure(log, context.Request.Method, context.Request.Path, problem.Status, ApiProblem.TraceOf(context), exception);
        var headers = context.Response.Headers;
        (headers.ETag, headers.Vary, headers.Link, headers.Location, headers.ContentEncoding, headers.ContentLength) = (default, default, default, default, default, null);
        return problem.ExecuteAsync(context);
    }

    private static ApiProblem ProblemOf(StorageFault fault) => fault.IsFull
        ? new(507, "storage_full", "The disk of the database is full. Reads go on; writes recover once there is room.")
        : ApiProblem.Unavailable(fault.Message);

    private static ApiProblem ProblemOf(int status) => status switch
    {
        404 => ApiProblem.NotFound("Nothing is here. The routes are in /openapi/v1.json."),
        405 => new(405, "method_not_allowed", "This route does not take that method. The routes are in /openapi/v1.json."),
        413 => new(413, "body_too_large", "The body is too large. Send less, or several requests."),
        415 => new(415, "unsupported_media_type", "Send the body as Content-Type: application/json."),
        431 => new(431, "headers_too_large", "The headers are too large."),
        _ => new(status, status >= 500 ? "internal_error" : "bad_request", "The request could not be read."),
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Method} {Path} answered {Status}: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, string method, string path, int status, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} answered {Status}, trace {Trace}")]
    private static partial void LogFailure(ILogger logger, string method, string path, int status, string trace, Exception exception);
}
