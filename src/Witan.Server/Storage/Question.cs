using System.Data.Common;
using Dapper;

namespace Witan.Server.Storage;

/// <summary>A question to the database with parameters @0, @1, …, which is sent with others in one round trip.</summary>
internal abstract class Question(string sql, object?[] values)
{
    public string Sql => sql;

    public object?[] Values => values;

    /// <summary>Takes the rows that answer it.</summary>
    public abstract void Answer(DbDataReader reader);
}

/// <summary>A question and, once it was asked, its rows.</summary>
internal sealed class Question<T>(string sql, params object?[] values) : Question(sql, values)
{
    private List<T>? _rows;

    public IReadOnlyList<T> Rows => _rows ?? throw new InvalidOperationException("It was not asked.");

    public override void Answer(DbDataReader reader) => _rows = [.. reader.Parse<T>()];
}

/// <summary>What a group of writes has to know before it decides anything.</summary>
internal interface IReads
{
    IReadOnlyList<Question> Questions { get; }
}

/// <summary>The reads of the group of inputs that a transaction begins with, which are sent with its beginning.</summary>
internal sealed record Opening(object Inputs, IReads Reads);
