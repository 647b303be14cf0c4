namespace Witan.Server.Platform.Http;

/// <summary>What a query parameter may hold.</summary>
internal enum QueryKind
{
    Text,
    Boolean,
    Time,
    Choice,
    Id,
    Integer,
    Share,
}

/// <summary>A query parameter: for the parser and for OpenAPI alike.</summary>
internal sealed record QueryParameter(string Name, QueryKind Kind, string Description, IReadOnlyList<string>? Choices = null);

/// <summary>What a list is ordered by, and so what its cursor holds.</summary>
internal enum CursorKind
{
    None,
    TimeAndId,
    TimeAndText,
    Text,
}

/// <summary>The query parameters of a route. A list also takes <c>limit</c> and <c>cursor</c>.</summary>
internal sealed record QuerySpec(string List, CursorKind Cursor, params IReadOnlyList<QueryParameter> Parameters)
{
    public const int DefaultLimit = 50;
    public const int MostLimit = 200;

    public static QuerySpec None { get; } = new("", CursorKind.None);
}
