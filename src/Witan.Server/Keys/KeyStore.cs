using Dapper;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Keys;

/// <summary>The SQL of keys, and the ring of them in memory kept current.</summary>
internal sealed class KeyStore(Database database, KeyRing ring)
{
    private const string SelectAll = $"SELECT {KeyRow.Columns} FROM api_keys";

    // What a key's life changes.
    private static readonly Table States = new("api_keys", "",
        new("id", ColumnType.Text), new("secret_hash", ColumnType.Text), new("previous_hash", ColumnType.Text), new("previous_until", ColumnType.Time), new("revoked_at", ColumnType.Time));

    private static readonly Table Keys = new("api_keys", "",
        new("id", ColumnType.Text), new("name", ColumnType.Text), new("scopes", ColumnType.Texts), new("plan", ColumnType.Text),
        new("created_at", ColumnType.Time), new("expires_at", ColumnType.Time), new("secret_hash", ColumnType.Text));

    private Dictionary<string, KeyRow> _rows = [];

    public async Task<IReadOnlyList<KeyRow>> ListAsync(QueryValues query, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        var where = new Where().And("(created_at, id) < (@afterTime, @afterKey)", "afterTime", query.After?.Time).With("afterKey", query.After?.Key);
        return [.. await connection.QueryAsync<KeyRow>(new CommandDefinition(
            $"{SelectAll} {where} ORDER BY created_at DESC, id DESC LIMIT {query.Limit + 1}", where.Parameters, cancellationToken: cancel))];
    }

    /// <summary>All of them, newest first.</summary>
    public async Task<IReadOnlyList<KeyRow>> AllAsync(CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return [.. await connection.QueryAsync<KeyRow>(new CommandDefinition($"{SelectAll} ORDER BY created_at DESC, id DESC", cancellationToken: cancel))];
    }

    public static Task<KeyRow?> FindAsync(WriteSession session, string id) => session.QueryFirstOrDefaultAsync<KeyRow>($"{SelectAll} WHERE id = @id", new { id });

    public async Task InsertAsync(WriteSession session, KeyRow row)
    {
        await session.InsertAsync(Keys, row.Id, row.Name, row.Scopes, row.Plan, row.CreatedAt, row.ExpiresAt, row.SecretHash);
        Follow(session, row, row.CreatedAt);
    }

    public async Task UpdateAsync(WriteSession session, KeyRow row, DateTimeOffset at)
    {
        await session.UpdateAsync(States, row.Id, row.SecretHash, row.PreviousHash, row.PreviousUntil, row.RevokedAt);
        Follow(session, row, at);
    }

    /// <summary>Notes when keys were last used. No node needs to be told.</summary>
    public static async Task NoteUsesAsync(WriteSession session, IReadOnlyList<(string Id, DateTimeOffset At)> uses)
    {
        foreach (var (id, at) in uses)
            await session.RunAsync("UPDATE api_keys SET last_used_at = @1 WHERE id = @0 AND (last_used_at IS NULL OR last_used_at < @1)", id, at);
    }

    /// <summary>Reads the keys, at the start and when another process has changed any.</summary>
    public async Task CatchUpAsync(WriteSession session)
    {
        _rows = (await session.QueryAsync<KeyRow>(SelectAll)).ToDictionary(row => row.Id);
        Refill();
    }

    private void Follow(WriteSession session, KeyRow row, DateTimeOffset at)
    {
        session.Changed(Change.Keys, at);
        session.AfterCommit(() =>
        {
            _rows[row.Id] = row;
            Refill();
        });
    }

    private void Refill() => ring.Replace(_rows.Values.Select(row => KeyValuePair.Create(row.Id, row.ToEntry())));
}
