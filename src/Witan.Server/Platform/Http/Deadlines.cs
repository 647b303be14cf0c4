using Microsoft.AspNetCore.Http.Timeouts;
using Witan.Server.Storage;

namespace Witan.Server.Platform.Http;

/// <summary>Where the database is remote, a question that it does not answer is answered with 503 in time.</summary>
internal static class Deadlines
{
    private const string Policy = "database";

    public static void AddDeadlines(this IServiceCollection services, TimeSpan? deadline) => services.AddRequestTimeouts(timeouts => timeouts.AddPolicy(Policy, new RequestTimeoutPolicy
    {
        Timeout = deadline ?? Timeout.InfiniteTimeSpan,
        WriteTimeoutResponse = context => ApiProblem.Unavailable("The database did not answer in time. Try again shortly.").ExecuteAsync(context),
    }));

    /// <summary>Gives every GET of a group the deadline. Writes have that of the writer, and some of them take long.</summary>
    public static void WithDeadline(this IEndpointConventionBuilder group) => group.Add(endpoint =>
    {
        if (endpoint.Metadata.OfType<IHttpMethodMetadata>().Any(methods => methods.HttpMethods.Contains(HttpMethods.Get)))
            endpoint.Metadata.Add(new RequestTimeoutAttribute(Policy));
    });
}
