using System.Reflection;
using System.Security.Cryptography;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Metadata;
using Witan.Client;

namespace Witan.Server.Platform.Http;

/// <summary>Input that may be bad; <see cref="RejectBadInput"/> answers for it before the handler runs.</summary>
internal interface IInput
{
    ApiProblem? Problem { get; }
}

/// <summary>A JSON body, strictly parsed.</summary>
internal sealed class Body<T> : IInput, IEndpointParameterMetadataProvider
    where T : class
{
    private Body(T? value, string hash, ApiProblem? problem) => (Parsed, Hash, Problem) = (value, hash, problem);

    private T? Parsed { get; }

    public T Value => Parsed ?? throw new InvalidOperationException("A bad body reached its handler.");

    /// <summary>A digest of the bytes, for idempotency.</summary>
    public string Hash { get; }

    public ApiProblem? Problem { get; }

    public static async ValueTask<Body<T>?> BindAsync(HttpContext context, ParameterInfo parameter)
    {
        var request = context.Request;
        if (!request.HasJsonContentType())
            return Bad(new(415, "unsupported_media_type", "Send the body as Content-Type: application/json."));
        var (bytes, problem) = await RequestBody.ReadAsync(request, RequestBody.DefaultLimit);
        if (problem is not null)
            return Bad(problem);
        if (bytes.Count == 0)
            return Bad(ApiProblem.Invalid("body", "is empty; send a JSON object"));
        var type = (JsonTypeInfo<T>)WitanJson.Default.GetTypeInfo(typeof(T))!;
        var value = StrictJson.Parse(bytes, type, out var problems);
        return value is null ? Bad(ApiProblem.Invalid(problems)) : new(value, Convert.ToHexStringLower(SHA256.HashData(bytes)), null);
    }

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T)));

    private static Body<T> Bad(ApiProblem problem) => new(null, "", problem);
}

/// <summary>Answers for bad bodies and queries, and for query parameters where none is taken.</summary>
internal sealed class RejectBadInput : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var readsQuery = false;
        foreach (var argument in context.Arguments)
        {
            if (argument is IInput { Problem: { } problem })
                return problem;
            readsQuery |= argument is QueryValues;
        }
        if (!readsQuery && QueryValues.Read(context.HttpContext.Request, QuerySpec.None).Problem is { } unknown)
            return unknown;
        return await next(context);
    }
}
