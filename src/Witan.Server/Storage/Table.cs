namespace Witan.Server.Storage;

/// <summary>How a column is kept.</summary>
internal enum ColumnType
{
    Text,
    Id,
    Time,
    Flag,
    Integer,
    Long,
    Number,
    Integers,
    Texts,
    Json,
}

/// <summary>A column of a <see cref="Table"/>.</summary>
internal sealed record Column(string Name, ColumnType Type);

/// <summary>A table that rows are added to, or in which rows change, many at a time.</summary>
/// <param name="Name">Its name.</param>
/// <param name="OnConflict">What to do with a row that is there already, as SQL; empty where that is a bug.</param>
/// <param name="Columns">The columns that a row gives, in order; the first is the key where rows change.</param>
internal sealed record Table(string Name, string OnConflict, params IReadOnlyList<Column> Columns)
{
    /// <summary>The names of the columns, with commas.</summary>
    public string ColumnList { get; } = string.Join(", ", Columns.Select(column => column.Name));
}
