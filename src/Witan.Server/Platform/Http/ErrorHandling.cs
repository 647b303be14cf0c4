using System.Data.Common;
using Microsoft.AspNetCore.Diagnostics;
using Witan.Server.Storage;

namespace Witan.Server.Platform.Http;

/// <summary>The one place where exceptions, and answers without a body, become problem+json.</summary>
internal static partial class ErrorHandling
{
    public static void UseProblems(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandler = AnswerException, SuppressDiagnosticsCallback = _ => true });
        app.UseStatusCodePages(context => ProblemOf(context.HttpContext.Response.StatusCode).ExecuteAsync(context.HttpContext));
    }

    private static Task AnswerException(HttpContext context)
    {
        var exception = context.Features.Get<IExceptionHandlerFeature>()!.Error;
        if (exception is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
            return Task.CompletedTask;
        var problem = exception switch
        {
            BadHttpRequestException bad => ProblemOf(bad.StatusCode),
            StorageFault fault => ProblemOf(fault),
            DbException e when StorageFault.Of(e) is { } fault => ProblemOf(fault),
            _ => new(500, "internal_error", "Witan failed on this request; the server's log has the trace id."),
        };
        var log = context.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger("Witan.Server.Http");
        if (problem.Status is 503 or 507)
            LogUnavailable(log, context.Request.Method, context.Request.Path, problem.Status, problem.Detail);
        else if (problem.Status >= 500)
            LogFailure(log, context.Request.Method, context.Request.Path, problem.Status, exception);
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

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} {Path} answered {Status}")]
    private static partial void LogFailure(ILogger logger, string method, string path, int status, Exception exception);
}
