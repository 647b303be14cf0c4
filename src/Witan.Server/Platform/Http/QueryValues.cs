using System.Globalization;
using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Unicode;
using Microsoft.Extensions.Primitives;
using Witan.Client;

namespace Witan.Server.Platform.Http;

/// <summary>The query of a request, checked against the route's <see cref="QuerySpec"/>.</summary>
internal sealed class QueryValues : IInput
{
    private readonly Dictionary<string, object> _values = [];
    private readonly List<FieldProblem> _errors = [];
    private readonly QuerySpec _spec;
    private readonly string _path;
    private readonly string _filters;
    private volatile bool _abandoned;

    private QueryValues(HttpRequest request, QuerySpec spec)
    {
        (_spec, _path) = (spec, request.Path);
        if (!Utf8.IsValid(WebUtility.UrlDecodeToBytes(Encoding.Latin1.GetBytes(request.QueryString.Value ?? ""), 0, request.QueryString.Value?.Length ?? 0)))
            Fail("query", "holds percent-escapes that are not UTF-8; escape well-formed text");
        foreach (var (name, values) in request.Query)
            Take(name, values);
        _filters = string.Join('&', _values.OrderBy(v => v.Key, StringComparer.Ordinal).Select(v => $"{v.Key}={Uri.EscapeDataString(Written(v.Value))}"));
        if (request.Query.TryGetValue("cursor", out var cursor) && spec.Cursor != CursorKind.None)
            After = Cursor.TryDecode(cursor.ToString(), spec, _filters) ?? Fail("cursor", "not a cursor of this list with these filters; start again without it");
    }

    public int Limit { get; private set; } = QuerySpec.DefaultLimit;

    /// <summary>The row that the page follows, or null for the first page.</summary>
    public Cursor? After { get; }

    public ApiProblem? Problem => _errors.Count == 0 ? null : new(400, "invalid_query", string.Join("; ", _errors.Select(e => $"{e.Field}: {e.Message}")), _errors);

    public static ValueTask<QueryValues?> BindAsync(HttpContext context, ParameterInfo parameter) =>
        ValueTask.FromResult<QueryValues?>(Read(context.Request, context.GetEndpoint()?.Metadata.GetMetadata<QuerySpec>() ?? QuerySpec.None));

    public static QueryValues Read(HttpRequest request, QuerySpec spec) => new(request, spec);

    public string? Text(string name) => _values.GetValueOrDefault(name) as string;

    public bool? Boolean(string name) => _values.GetValueOrDefault(name) as bool?;

    public Guid? Id(string name) => _values.GetValueOrDefault(name) as Guid?;

    public int? Integer(string name) => _values.GetValueOrDefault(name) as int?;

    public double? Share(string name) => _values.GetValueOrDefault(name) as double?;

    public DateTimeOffset? Time(string name) => _values.GetValueOrDefault(name) as DateTimeOffset?;

    /// <summary>Makes a page of one row more than was asked for: names the next page, in the answer and as a Link.</summary>
    public (IReadOnlyList<T> Rows, string? NextCursor) Page<T>(IReadOnlyList<T> rows, Func<T, Cursor> key, HttpResponse response)
    {
        if (rows.Count <= Limit)
            return (rows, null);
        var page = rows.Take(Limit).ToList();
        return (page, Next(key(page[^1]), response));
    }

    /// <summary>The request was answered otherwise: its response is not to be touched any more.</summary>
    public void Abandon() => _abandoned = true;

    /// <summary>Names the page after a row, in the answer and as a Link.</summary>
    public string Next(Cursor last, HttpResponse response)
    {
        var next = last.Encode(_spec, _filters);
        if (_abandoned)
            return next;
        response.Headers.Link = $"<{_path}?limit={Limit}&cursor={next}{(_filters.Length == 0 ? "" : "&")}{_filters}>; rel=\"next\"";
        return next;
    }

    private static string Written(object value) => value switch
    {
        DateTimeOffset time => WitanTime.Format(time),
        bool flag => flag ? "true" : "false",
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => (string)value,
    };

    private void Take(string name, StringValues values)
    {
        if (values.Count != 1)
            Fail(name, "given more than once; give it once");
        else if (name == "limit" && _spec.Cursor != CursorKind.None)
            TakeLimit(values[0]!);
        else if (name == "cursor" && _spec.Cursor != CursorKind.None)
            return;
        else if (_spec.Parameters.FirstOrDefault(p => p.Name == name) is { } parameter)
            Take(parameter, values[0]!);
        else
            Fail(name, Unknown());
    }

    private void Take(QueryParameter parameter, string text)
    {
        object? value = parameter.Kind switch
        {
            _ when text.Contains('\0') => Fail(parameter.Name, "holds the character U+0000; leave it out"),
            QueryKind.Text => text.Length > 0 ? text : Fail(parameter.Name, "is empty; leave it out or give a value"),
            QueryKind.Boolean => text is "true" ? true : text is "false" ? false : Fail(parameter.Name, "expected true or false"),
            QueryKind.Id => Guid.TryParseExact(text, "D", out var id) ? id : Fail(parameter.Name, "expected an id like 0198c0de-0000-7000-8000-000000000000"),
            QueryKind.Integer => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : Fail(parameter.Name, "expected a whole number from 0"),
            QueryKind.Share => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1
                ? share
                : Fail(parameter.Name, "expected a number from 0 to 1"),
            QueryKind.Time => WitanTime.TryParse(text, out var time) ? time : Fail(parameter.Name, WitanTime.Expected),
            _ => parameter.Choices!.Contains(text) ? text : Fail(parameter.Name, $"expected one of {string.Join(", ", parameter.Choices!)}"),
        };
        if (value is not null)
            _values[parameter.Name] = value;
    }

    private void TakeLimit(string text)
    {
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= QuerySpec.MostLimit)
            Limit = limit;
        else
            Fail("limit", $"expected a whole number from 1 to {QuerySpec.MostLimit}");
    }

    private string Unknown()
    {
        var known = _spec.Parameters.Select(p => p.Name).Concat(_spec.Cursor == CursorKind.None ? [] : ["limit", "cursor"]).ToList();
        return known.Count == 0 ? "unknown query parameter; this route takes none" : $"unknown query parameter; this route takes {string.Join(", ", known)}";
    }

    private Cursor? Fail(string field, string message)
    {
        _errors.Add(new(field, message));
        return null;
    }
}
