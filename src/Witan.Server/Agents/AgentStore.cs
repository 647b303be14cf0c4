using System.Text.Json;
using Dapper;
using Witan.Agents;
using Witan.Client;
using Witan.Server.Platform.Caching;
using Witan.Server.Platform.Http;
using Witan.Server.Storage;

namespace Witan.Server.Agents;

/// <summary>A sighting of an agent: a fix it proposed or reported.</summary>
internal sealed record Sighting(string AgentId, string? Family, string? Model, string? Domain, IReadOnlyList<int> Layers, DateTimeOffset At);

/// <summary>A change of an agent's track record: an outcome (+1) or, in <see cref="Successes"/>, a success taken back (-1).</summary>
internal sealed record RecordChange(string AgentId, string Strategy, string? Domain, int Outcomes, int Successes, long? DurationMs);

/// <summary>The SQL of agents and their track records.</summary>
internal sealed class AgentStore(Database database)
{
    private const string Columns = """
        id AS Id, name AS Name, kind AS Kind, family AS Family, model AS Model, domains AS Domains, layers AS Layers,
        status AS Status, first_seen AS FirstSeen, last_seen AS LastSeen
        """;

    private static readonly Table Agents = new("agents",
        """
        ON CONFLICT (id) DO UPDATE SET family = excluded.family, model = excluded.model, domains = excluded.domains, layers = excluded.layers,
            first_seen = excluded.first_seen, last_seen = excluded.last_seen
        """,
        new("id", ColumnType.Text), new("name", ColumnType.Text), new("kind", ColumnType.Text), new("family", ColumnType.Text), new("model", ColumnType.Text),
        new("domains", ColumnType.Texts), new("layers", ColumnType.Integers), new("status", ColumnType.Text), new("first_seen", ColumnType.Time), new("last_seen", ColumnType.Time));

    private static readonly Table Records = new("agent_records",
        """
        ON CONFLICT (agent_id, scope, key) DO UPDATE SET outcomes = agent_records.outcomes + excluded.outcomes,
            successes = agent_records.successes + excluded.successes, duration_ms = agent_records.duration_ms + excluded.duration_ms,
            durations = agent_records.durations + excluded.durations
        """,
        new("agent_id", ColumnType.Text), new("scope", ColumnType.Text), new("key", ColumnType.Text), new("outcomes", ColumnType.Long),
        new("successes", ColumnType.Long), new("duration_ms", ColumnType.Long), new("durations", ColumnType.Long));

    private const int MostKnown = 50_000;

    private readonly Dictionary<string, AgentRow> _known = [];

    public async Task<IReadOnlyList<Agent>> ListAsync(QueryValues query, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        var rows = (await connection.QueryAsync<AgentRow>(new CommandDefinition(
            $"SELECT {Columns} FROM agents WHERE id > @after ORDER BY id LIMIT {query.Limit + 1}",
            new { after = query.After?.Key ?? "" }, cancellationToken: cancel))).ToList();
        if (rows.Count == 0)
            return [];
        return await WithRecordsAsync(connection, rows, cancel);
    }

    public async Task<Agent?> FindAsync(string id, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        var row = await connection.QueryFirstOrDefaultAsync<AgentRow>(new CommandDefinition(
            $"SELECT {Columns} FROM agents WHERE id = @id", new { id }, cancellationToken: cancel));
        return row is null ? null : (await WithRecordsAsync(connection, [row], cancel))[0];
    }

    /// <summary>Registers agents that are new and notes where the others have been seen.</summary>
    public async Task SeeAsync(WriteSession session, IEnumerable<Sighting> sightings)
    {
        var groups = sightings.GroupBy(s => s.AgentId).ToList();
        var seen = new List<AgentRow>();
        await RememberAsync(session, [.. groups.Select(group => group.Key)]);
        foreach (var group in groups)
        {
            var last = group.MaxBy(s => s.At)!;
            var known = _known.GetValueOrDefault(group.Key);
            var domains = (known?.Domains ?? []).Union(group.Select(s => s.Domain).OfType<string>()).ToArray();
            var layers = (known?.Layers ?? []).Union(group.SelectMany(s => s.Layers)).Order().ToArray();
            var first = known is null || group.Min(s => s.At) < known.FirstSeen ? group.Min(s => s.At) : known.FirstSeen;
            if (known is not null && last.At <= known.LastSeen && first >= known.FirstSeen && domains.Length == known.Domains.Count && layers.Length == known.Layers.Count)
                continue;
            var isLatest = known is null || last.At >= known.LastSeen;
            var row = new AgentRow
            {
                Id = last.AgentId, Name = known?.Name ?? last.AgentId, Kind = known?.Kind ?? "agent", Status = known?.Status ?? "active", Domains = domains, Layers = layers,
                Family = isLatest ? last.Family ?? known?.Family : known!.Family, Model = isLatest ? last.Model ?? known?.Model : known!.Model,
                FirstSeen = first, LastSeen = isLatest ? last.At : known!.LastSeen,
            };
            await session.InsertAsync(Agents, row.Id, row.Name, row.Kind, row.Family, row.Model, row.Domains, row.Layers, row.Status, row.FirstSeen, row.LastSeen);
            session.Touch(Tags.Agents, Tags.Agent(row.Id));
            seen.Add(row);
        }
        if (seen.Count == 0)
            return;
        session.Changed(Change.Agents, seen.Max(row => row.LastSeen));
        session.WhenUndone(_known.Clear); // what is remembered holds for the rest of the transaction, and after it if it is committed
        foreach (var row in seen)
            _known[row.Id] = row;
    }

    /// <summary>Another process has seen agents: what is remembered of them is read anew.</summary>
    public Task ForgetAsync(WriteSession session)
    {
        _known.Clear();
        return Task.CompletedTask;
    }

    // Only the writer sees agents, so what it remembers of them is what is stored.
    private async Task RememberAsync(WriteSession session, IReadOnlyList<string> ids)
    {
        if (_known.Count > MostKnown)
            _known.Clear();
        ids = [.. ids.Where(id => !_known.ContainsKey(id))];
        if (ids.Count == 0)
            return;
        foreach (var row in await session.QueryAsync<AgentRow>($"SELECT {Columns} FROM agents WHERE {database.Dialect.IsIn("id", "@ids")}", new { ids }))
            _known[row.Id] = row;
    }

    /// <summary>Moves the track records, in the transaction of the outcomes.</summary>
    public async Task RecordAsync(WriteSession session, IEnumerable<RecordChange> changes)
    {
        var keyed = changes.SelectMany(c => Scopes(c).Select(scope => (c.AgentId, scope.Scope, scope.Key, Change: c)));
        foreach (var group in keyed.GroupBy(c => (c.AgentId, c.Scope, c.Key), c => c.Change))
        {
            session.Touch(Tags.Agents, Tags.Agent(group.Key.AgentId));
            await session.InsertAsync(
                Records, group.Key.AgentId, group.Key.Scope, group.Key.Key, group.Sum(c => c.Outcomes), group.Sum(c => c.Successes),
                group.Sum(c => c.DurationMs ?? 0), group.Count(c => c.DurationMs is not null));
        }
    }

    /// <summary>
    /// The weight of an agent's word: the lower 10 % bound of its track record in a domain, or overall where it has none there;
    /// and how many outcomes it has in all.
    /// </summary>
    public async Task<(double Expertise, long Outcomes)> ExpertiseAsync(WriteSession session, string agentId, string? domain)
    {
        var rows = (await session.QueryAsync<RecordRow>(
            """
            SELECT agent_id AS AgentId, scope AS Scope, key AS Key, outcomes AS Outcomes, successes AS Successes, duration_ms AS DurationMs, durations AS Durations
            FROM agent_records WHERE agent_id = @agentId AND (scope = 'overall' OR (scope = 'domain' AND key = @domain))
            """,
            new { agentId, domain })).ToLookup(r => r.Scope);
        var overall = rows["overall"].FirstOrDefault();
        var record = rows["domain"].FirstOrDefault() ?? overall;
        return (new BetaPosterior(record?.Successes ?? 0, record?.Outcomes ?? 0).Quantile(0.10), overall?.Outcomes ?? 0);
    }

    /// <summary>The agents with the most outcomes, the busiest first.</summary>
    public async Task<IReadOnlyList<string>> BusiestAsync(int most, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return [.. await connection.QueryAsync<string>(new CommandDefinition(
            $"SELECT agent_id FROM agent_records WHERE scope = 'overall' AND key = '' ORDER BY outcomes DESC, agent_id LIMIT {most}", cancellationToken: cancel))];
    }

    /// <summary>How many agents have been seen since a moment.</summary>
    public async Task<long> CountSeenAsync(DateTimeOffset since, CancellationToken cancel)
    {
        await using var connection = await database.OpenAsync(cancel);
        return await connection.ExecuteScalarAsync<long>(new CommandDefinition("SELECT count(*) FROM agents WHERE last_seen >= @since", new { since }, cancellationToken: cancel));
    }

    /// <summary>The agents with the most outcomes in a domain, or overall where none has enough there.</summary>
    public async Task<IReadOnlyList<string>> MostExperiencedAsync(WriteSession session, string? domain, string except, int leastOutcomes, int most)
    {
        async Task<IReadOnlyList<string>> InAsync(string scope, string key) =>
        [
            .. await session.QueryAsync<string>(
                $"SELECT agent_id FROM agent_records WHERE scope = @scope AND key = @key AND agent_id <> @except AND outcomes >= @leastOutcomes ORDER BY outcomes DESC, agent_id LIMIT {most}",
                new { scope, key, except, leastOutcomes }),
        ];
        var inDomain = domain is null ? [] : await InAsync("domain", domain);
        return inDomain.Count >= 2 ? inDomain : await InAsync("overall", "");
    }

    private static IEnumerable<(string Scope, string Key)> Scopes(RecordChange change)
    {
        yield return ("overall", "");
        yield return ("strategy", change.Strategy);
        if (change.Domain is not null)
            yield return ("domain", change.Domain);
    }

    // The rows of a page lie next to each other, so one range brings all their records.
    private static async Task<List<Agent>> WithRecordsAsync(System.Data.Common.DbConnection connection, List<AgentRow> rows, CancellationToken cancel)
    {
        var records = (await connection.QueryAsync<RecordRow>(new CommandDefinition(
            """
            SELECT agent_id AS AgentId, scope AS Scope, key AS Key, outcomes AS Outcomes, successes AS Successes, duration_ms AS DurationMs, durations AS Durations
            FROM agent_records WHERE agent_id >= @first AND agent_id <= @last ORDER BY agent_id, scope, key
            """,
            new { first = rows[0].Id, last = rows[^1].Id }, cancellationToken: cancel))).ToLookup(r => r.AgentId);
        return [.. rows.Select(row => row.ToAgent(records[row.Id]))];
    }

    private sealed record AgentRow
    {
        public required string Id { get; init; }
        public required string Name { get; init; }
        public required string Kind { get; init; }
        public string? Family { get; init; }
        public string? Model { get; init; }
        public required IReadOnlyList<string> Domains { get; init; }
        public required IReadOnlyList<int> Layers { get; init; }
        public required string Status { get; init; }
        public DateTimeOffset FirstSeen { get; init; }
        public DateTimeOffset LastSeen { get; init; }

        public Agent ToAgent(IEnumerable<RecordRow> records)
        {
            var byScope = records.ToLookup(r => r.Scope, r => r.ToSummary());
            return new()
            {
                Id = Id, Name = Name, Kind = Kind, Family = Family, Model = Model, Domains = Domains, Layers = Layers, Status = Status,
                FirstSeen = FirstSeen, LastSeen = LastSeen,
                Overall = byScope["overall"].FirstOrDefault() ?? new("", 0, 0, null, null, null),
                ByStrategy = [.. byScope["strategy"]],
                ByDomain = [.. byScope["domain"]],
            };
        }
    }

    private sealed record RecordRow
    {
        public required string AgentId { get; init; }
        public required string Scope { get; init; }
        public required string Key { get; init; }
        public long Outcomes { get; init; }
        public long Successes { get; init; }
        public long DurationMs { get; init; }
        public long Durations { get; init; }

        public TrackRecordSummary ToSummary()
        {
            var posterior = new BetaPosterior(Successes, Outcomes);
            var (low, high) = posterior.Interval;
            return new(Key, Outcomes, Successes, posterior.Mean, [low, high], Durations == 0 ? null : (double)DurationMs / Durations);
        }
    }
}
