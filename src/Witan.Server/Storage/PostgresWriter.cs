using System.Text.RegularExpressions;
using Npgsql;
using NpgsqlTypes;

namespace Witan.Server.Storage;

/// <summary>
/// The connection that writes to PostgreSQL. Of all processes on a database one writes at a time (an advisory lock, released by
/// the commit), so that what a transaction has read stays true until it ends, and entries of the log appear in their order.
/// </summary>
internal sealed partial class PostgresWriter(NpgsqlConnection connection, int lockClass) : Writer
{
    private readonly string _lock = $"SELECT pg_advisory_xact_lock({lockClass}, {(int)FleetLock.Writing})";
    private readonly Dictionary<string, Statement> _statements = [];

    public override Task<WriteSession> BeginAsync(Opening? opening)
    {
        using var batch = connection.CreateBatch();
        batch.BatchCommands.Add(new("BEGIN"));
        batch.BatchCommands.Add(new(_lock));
        batch.BatchCommands.Add(new("SELECT kind, version FROM changes"));
        var questions = opening?.Reads.Questions ?? [];
        foreach (var question in questions)
            batch.BatchCommands.Add(Command(question.Sql, question.Values));
        using var reader = batch.ExecuteReader();
        reader.NextResult();
        var versions = new Dictionary<string, long>();
        while (reader.Read())
            versions[reader.GetString(0)] = reader.GetInt64(1);
        foreach (var question in questions)
        {
            reader.NextResult();
            question.Answer(reader);
        }
        return Task.FromResult<WriteSession>(new PostgresSession(connection, this, versions, opening));
    }

    public override ValueTask DisposeAsync() => connection.DisposeAsync();

    /// <summary>A statement with parameters @0, @1, … as a command of a batch.</summary>
    public NpgsqlBatchCommand Command(string sql, object?[] values)
    {
        if (!_statements.TryGetValue(sql, out var statement))
            _statements[sql] = statement = new(Placeholder().Replace(sql, match => $"${int.Parse(match.ValueSpan[1..], System.Globalization.CultureInfo.InvariantCulture) + 1}"), new NpgsqlDbType?[values.Length]);
        var command = new NpgsqlBatchCommand(statement.Sql);
        for (var i = 0; i < values.Length; i++)
            command.Parameters.Add(statement.Parameter(i, values[i]));
        return command;
    }

    [GeneratedRegex(@"@\d+")]
    private static partial Regex Placeholder();

    /// <summary>A statement as PostgreSQL numbers its parameters. A null is sent with the type that the parameter had before, so that it stays prepared.</summary>
    private sealed record Statement(string Sql, NpgsqlDbType?[] Types)
    {
        public NpgsqlParameter Parameter(int i, object? value)
        {
            var parameter = value switch
            {
                null => new NpgsqlParameter { Value = DBNull.Value },
                DateTimeOffset time => new NpgsqlParameter { Value = time.ToUniversalTime(), NpgsqlDbType = NpgsqlDbType.TimestampTz },
                IReadOnlyList<int> list => new NpgsqlParameter { Value = list.ToArray() },
                IReadOnlyList<string> list => new NpgsqlParameter { Value = list.ToArray() },
                IReadOnlyList<Guid> list => new NpgsqlParameter { Value = list.ToArray() },
                _ => new NpgsqlParameter { Value = value },
            };
            if (value is not null)
                Types[i] ??= parameter.NpgsqlDbType;
            else if (Types[i] is { } known)
                parameter.NpgsqlDbType = known;
            return parameter;
        }
    }
}
