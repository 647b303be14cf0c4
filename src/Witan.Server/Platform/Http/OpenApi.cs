using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;
using Witan.Client;

namespace Witan.Server.Platform.Http;

/// <summary>The OpenAPI 3.1 document and the page that shows it.</summary>
internal static class OpenApi
{
    public static void AddDocument(this IServiceCollection services)
    {
        // The document describes JSON as WitanJson reads it: numbers are numbers.
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.NumberHandling = JsonNumberHandling.Strict;
            json.SerializerOptions.TypeInfoResolverChain.Insert(0, WitanJson.Default);
        });
        services.AddOpenApi("v1", Describe);
    }

    private static void Describe(OpenApiOptions options)
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new()
            {
                Title = "Witan",
                Version = "v1",
                Description = "Report each fix and how it ended; ask before applying the next one. Errors are application/problem+json with a stable code.",
            };
            document.Servers = [];
            return Task.CompletedTask;
        });
        options.AddSchemaTransformer((schema, context, _) =>
        {
            var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
            if (!type.IsEnum)
                return Task.CompletedTask;
            schema.Type = JsonSchemaType.String;
            schema.Enum = [.. Enum.GetNames(type).Select(name => (JsonNode)JsonValue.Create(JsonNamingPolicy.SnakeCaseLower.ConvertName(name))!)];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            DescribeQuery(operation, context.Description.ActionDescriptor.EndpointMetadata.OfType<QuerySpec>().FirstOrDefault());
            return Task.CompletedTask;
        });
    }

    public static void MapDocument(this IEndpointRouteBuilder routes)
    {
        routes.MapOpenApi();
        routes.MapScalarApiReference("/scalar", options => options.WithTitle("Witan").DisableDefaultFonts());
    }

    private static void DescribeQuery(OpenApiOperation operation, QuerySpec? spec)
    {
        if (spec is null)
            return;
        operation.Parameters ??= [];
        foreach (var parameter in spec.Parameters)
            operation.Parameters.Add(Parameter(parameter.Name, parameter.Description, SchemaOf(parameter)));
        if (spec.Cursor == CursorKind.None)
            return;
        operation.Parameters.Add(Parameter("limit", "How many at the most", new()
        {
            Type = JsonSchemaType.Integer, Minimum = "1", Maximum = "200", Default = JsonValue.Create(QuerySpec.DefaultLimit),
        }));
        operation.Parameters.Add(Parameter("cursor", "The nextCursor of the page before", new() { Type = JsonSchemaType.String }));
    }

    private static OpenApiParameter Parameter(string name, string description, OpenApiSchema schema) =>
        new() { Name = name, In = ParameterLocation.Query, Description = description, Schema = schema };

    private static OpenApiSchema SchemaOf(QueryParameter parameter) => parameter.Kind switch
    {
        QueryKind.Boolean => new() { Type = JsonSchemaType.Boolean },
        QueryKind.Id => new() { Type = JsonSchemaType.String, Format = "uuid" },
        QueryKind.Integer => new() { Type = JsonSchemaType.Integer, Minimum = "0" },
        QueryKind.Share => new() { Type = JsonSchemaType.Number, Minimum = "0", Maximum = "1" },
        QueryKind.Time => new() { Type = JsonSchemaType.String, Format = "date-time" },
        QueryKind.Choice => new() { Type = JsonSchemaType.String, Enum = [.. parameter.Choices!.Select(choice => (JsonNode)JsonValue.Create(choice)!)] },
        _ => new() { Type = JsonSchemaType.String },
    };
}
