using Witan.Server.Storage;

namespace Witan.Server.Platform.Http;

/// <summary>
/// A question that a remote database does not answer is answered with 503 in time. It is waited for from outside: the driver, told to
/// give up, asks the database to cancel and waits for that on the thread, which a database that hangs makes long.
/// </summary>
internal sealed class Deadlines(Database database) : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        if (database.Deadline is not { } deadline || !Asks(context.HttpContext.Request))
            return await next(context);
        var answer = next(context).AsTask();
        try
        {
            return await answer.WaitAsync(deadline);
        }
        catch (TimeoutException e)
        {
            foreach (var query in context.Arguments.OfType<QueryValues>())
                query.Abandon();
            throw StorageFault.Away(e);
        }
    }

    // Writes have the deadline of the writer, and some of them take long.
    private static bool Asks(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || request.Path.Value!.EndsWith("/confidence", StringComparison.Ordinal);
}
