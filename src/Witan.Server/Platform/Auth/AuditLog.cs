using Dapper;
using Witan.Client;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Platform.Auth;

/// <summary>An act that is written down when it is done over HTTP.</summary>
internal sealed record Audited(string Act)
{
    /// <summary>What it is done to: the last values of the route.</summary>
    public static string? TargetOf(HttpContext context) =>
        context.Request.RouteValues.Count == 0 ? null : string.Join('/', context.Request.RouteValues.Values.Select(value => Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)));
}

/// <summary>The log of administrative acts. Each is written in the transaction of its effect.</summary>
internal sealed class AuditLog(Database database, TimeProvider clock)
{
    private static readonly Table Log = new("audit_log", "",
        new("id", ColumnType.Id), new("at", ColumnType.Time), new("actor", ColumnType.Text), new("act", ColumnType.Text), new("target", ColumnType.Text));

    public Task WriteAsync(WriteSession session, string actor, string act, string? target)
    {
        var now = WitanTime.ToMicroseconds(clock.GetUtcNow());
        return session.InsertAsync(Log, Guid.CreateVersion7(now), now, actor, act, target);
    }

    public async Task<IReadOnlyList<AuditEntry>> ListAsync(QueryValues query, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        var where = new Where().And("(at, id) < (@afterTime, @afterId)", "afterTime", query.After?.Time).With("afterId", query.After?.Id);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(
            $"SELECT id AS Id, at AS At, actor AS Actor, act AS Act, target AS Target FROM audit_log {where} ORDER BY at DESC, id DESC LIMIT {query.Limit + 1}", where.Parameters, cancellationToken: cancel));
        return [.. rows.Select(row => new AuditEntry(row.Id, row.At, row.Actor, row.Act, row.Target))];
    }

    private sealed record Row
    {
        public Guid Id { get; init; }
        public DateTimeOffset At { get; init; }
        public required string Actor { get; init; }
        public required string Act { get; init; }
        public string? Target { get; init; }
    }
}
