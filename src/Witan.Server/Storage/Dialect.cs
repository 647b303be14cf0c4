namespace Witan.Server.Storage;

/// <summary>What differs between the SQL of the engines; the rest is one text, in the rooms.</summary>
internal abstract class Dialect
{
    public static Dialect Sqlite { get; } = new SqliteDialect();

    public static Dialect Postgres { get; } = new PostgresDialect();

    /// <summary>True when a list column holds the value of a parameter.</summary>
    public abstract string Contains(string column, string parameter);

    /// <summary>True when a column is one of the values of a list parameter.</summary>
    public abstract string IsIn(string column, string parameter);

    /// <summary>Two list parameters side by side, as a table with the columns <c>a</c> and <c>b</c>.</summary>
    public abstract string Pairs(string first, string second);

    /// <summary>A text column without regard to case.</summary>
    public abstract string Folded(string column);

    /// <summary>The beginning of the stretch of time that a time column falls in; stretches are counted from a Monday.</summary>
    public abstract string BucketStart(string column, TimeSpan bucket);

    /// <summary>When each summary was last up to date, as rows of (Summary, At).</summary>
    public abstract string SummaryAges { get; }

    /// <summary>True when a learning <c>l</c> changed after the write <c>@since</c>; null where writes are not counted.</summary>
    public abstract string? LearningsAfter { get; }

    // Ids are lower-case text, times are microseconds since 1970, flags are 0 and 1 and lists are JSON text.
    private sealed class SqliteDialect : Dialect
    {
        public override string Contains(string column, string parameter) => $"EXISTS (SELECT 1 FROM json_each({column}) WHERE value = {parameter})";

        public override string IsIn(string column, string parameter) => $"{column} IN (SELECT value FROM json_each({parameter}))";

        // By grouping, since SQLite would read one list through for each element of the other.
        public override string Pairs(string first, string second) => $"""
            (SELECT max(CASE side WHEN 0 THEN value END) AS a, max(CASE side WHEN 1 THEN value END) AS b
             FROM (SELECT key, value, 0 AS side FROM json_each({first}) UNION ALL SELECT key, value, 1 FROM json_each({second})) GROUP BY key)
            """;

        public override string Folded(string column) => $"lower({column})"; // which the connection replaces by one that knows more than ASCII

        public override string BucketStart(string column, TimeSpan bucket)
        {
            var (length, monday) = ((long)bucket.TotalMicroseconds, (long)TimeSpan.FromDays(4).TotalMicroseconds); // 1970-01-05
            return $"{column} - ((({column} - {monday}) % {length} + {length}) % {length})";
        }

        // Views are always fresh: what they show is as old as the last write that could have changed it.
        public override string SummaryAges => """
            SELECT s.summary AS Summary, max(c.at) AS At
            FROM (SELECT 'fix_statistics' AS summary, 'fixes' AS kind UNION ALL SELECT 'collaboration_statistics', 'collaborations'
                  UNION ALL SELECT 'learning_domains', 'learnings' UNION ALL SELECT 'vote_consensus', 'collaborations'
                  UNION ALL SELECT 'vote_consensus', 'votes' UNION ALL SELECT 'overall_statistics', 'fixes' UNION ALL SELECT 'overall_statistics', 'learnings'
                  UNION ALL SELECT 'overall_statistics', 'collaborations' UNION ALL SELECT 'overall_statistics', 'votes') s
                JOIN changes c ON c.kind = s.kind
            GROUP BY s.summary
            """;

        public override string? LearningsAfter => null;
    }

    // Ids are uuid, times are timestamptz, lists are arrays; text that is compared has the collation C.
    private sealed class PostgresDialect : Dialect
    {
        public override string Contains(string column, string parameter) => $"{column} @> ARRAY[{parameter}]";

        public override string IsIn(string column, string parameter) => $"{column} = ANY({parameter})";

        public override string Pairs(string first, string second) => $"(SELECT a, b FROM unnest({first}, {second}) AS pairs (a, b))";

        public override string Folded(string column) => $"lower({column} COLLATE \"und-x-icu\")";

        public override string BucketStart(string column, TimeSpan bucket) =>
            $"date_bin('{(long)bucket.TotalSeconds} seconds', {column}, timestamptz '1970-01-05 00:00:00+00')";

        public override string SummaryAges => "SELECT summary AS Summary, refreshed_at AS At FROM refreshes";

        public override string LearningsAfter => "l.version > @since";
    }
}
