using System.Text;
using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Server.Keys;
using Witan.Server.Storage;

namespace Witan.Server.Tests.Platform.Auth;

/// <summary>Keys from their making to their end, over HTTP.</summary>
public sealed class KeyLifeTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;
    private string _admin = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await KeyedServer.StartAsync(_clock);
        _admin = await _server.MakeKeyAsync(KeyScope.Admin);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_key_is_shown_once_and_its_secret_is_stored_nowhere()
    {
        const string body = """{"name":"ci","scopes":["read","report"]}""";
        var made = (await _server.AsAsync(_admin, "POST", "/api/keys", body, idempotencyKey: "again")).As<IssuedKey>();
        var again = (await _server.AsAsync(_admin, "POST", "/api/keys", body, idempotencyKey: "again")).As<IssuedKey>();

        Assert.Null(again.Key);
        Assert.Equal(made.Info.Id, again.Info.Id);
        Assert.Equal(200, (await _server.AsAsync(made.Key, "GET", "auto-fixes")).Status);
        var listed = await _server.AsAsync(_admin, "GET", "/api/keys");
        Assert.DoesNotContain(made.Key![20..], listed.Text, StringComparison.Ordinal);
        Assert.Equal("", await WhereAsync(made.Key[20..84]));
        Assert.NotEqual("", await WhereAsync(made.Info.Id)); // the control: what is stored is found
    }

    [Fact]
    public async Task A_rotated_key_has_two_secrets_for_a_while()
    {
        var first = await _server.MakeKeyAsync(new KeyRequest { Name = "bot", Scopes = [KeyScope.Read] });
        var second = (await _server.AsAsync(_admin, "POST", $"/api/keys/{first.Info.Id}/rotate", "{}")).As<IssuedKey>();
        Assert.Equal(OneServer.Start.AddHours(24), second.Info.PreviousUntil);
        Assert.Equal((200, 200), (await ReadAsync(first.Key), await ReadAsync(second.Key)));
        _clock.Advance(TimeSpan.FromHours(24));
        Assert.Equal((401, 200), (await ReadAsync(first.Key), await ReadAsync(second.Key)));
        var third = (await _server.AsAsync(_admin, "POST", $"/api/keys/{first.Info.Id}/rotate", """{"previousUntil":"2026-11-01T00:00:00Z"}""")).As<IssuedKey>();
        Assert.Equal((401, 401, 200), (await ReadAsync(first.Key), await ReadAsync(second.Key), await ReadAsync(third.Key)));
    }

    [Fact]
    public async Task A_key_ends_when_it_was_to_end_and_when_it_is_revoked()
    {
        var key = await _server.MakeKeyAsync(new KeyRequest { Name = "brief", Scopes = [KeyScope.Read], ExpiresAt = OneServer.Start.AddMinutes(5) });
        Assert.Equal(200, await ReadAsync(key.Key));
        _clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Contains("expired", (await _server.AsAsync(key.Key, "GET", "auto-fixes")).Text, StringComparison.Ordinal);

        var other = await _server.MakeKeyAsync(new KeyRequest { Name = "lost", Scopes = [KeyScope.Read] });
        Assert.Equal(200, await ReadAsync(other.Key));
        var revoked = await _server.AsAsync(_admin, "DELETE", $"/api/keys/{other.Info.Id}");
        Assert.NotNull(revoked.As<KeyInfo>().RevokedAt);
        Assert.Contains("revoked", (await _server.AsAsync(other.Key, "GET", "auto-fixes")).Text, StringComparison.Ordinal);
        Assert.Equal("key_revoked", (await _server.AsAsync(_admin, "POST", $"/api/keys/{other.Info.Id}/rotate", "{}")).Code);
        Assert.Equal(revoked.Bytes, (await _server.AsAsync(_admin, "DELETE", $"/api/keys/{other.Info.Id}")).Bytes);
    }

    [Fact]
    public async Task The_last_use_is_known_to_the_minute()
    {
        var key = await _server.MakeKeyAsync(new KeyRequest { Name = "bot", Scopes = [KeyScope.Read] });
        Assert.Null((await FindAsync(key.Info.Id)).LastUsedAt);
        _clock.Advance(TimeSpan.FromSeconds(30));
        await ReadAsync(key.Key);
        await _server.Room<WriteQueue>().RunAsync(KeyUses.Note, _server.Room<Server.Platform.Auth.KeyRing>().TakeUses());
        Assert.Equal(OneServer.Start, (await FindAsync(key.Info.Id)).LastUsedAt);
    }

    [Theory]
    [InlineData("""{"name":"","scopes":["read"]}""", "name")]
    [InlineData("""{"name":"a","scopes":[]}""", "scopes")]
    [InlineData("""{"name":"a","scopes":["root"]}""", "scopes")]
    [InlineData("""{"name":"a","scopes":["read"],"plan":"gold"}""", "plan")]
    [InlineData("""{"name":"a","scopes":["read"],"plan":"local"}""", "plan")]
    [InlineData("""{"name":"a","scopes":["read"],"expiresAt":"2020-01-01T00:00:00Z"}""", "expiresAt")]
    public async Task A_bad_key_is_refused_by_its_field(string body, string field)
    {
        var refused = await _server.AsAsync(_admin, "POST", "/api/keys", body);
        Assert.Equal(400, refused.Status);
        Assert.Contains(field, refused["errors"][0].GetProperty("field").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answers_are_repeated_for_the_same_caller_alone()
    {
        var (first, second) = (await _server.MakeKeyAsync(KeyScope.Report), await _server.MakeKeyAsync(KeyScope.Report));
        var ids = new List<Guid>();
        foreach (var key in new[] { first, first, second })
            ids.Add((await _server.AsAsync(key, "POST", "auto-fixes", """{"agentId":"a","fixStrategy":"code_patch"}""", idempotencyKey: "same")).Id);
        Assert.Equal(ids[0], ids[1]);
        Assert.NotEqual(ids[0], ids[2]);
    }

    [Fact]
    public async Task What_administrators_do_is_written_down_and_what_they_may_not_is_not()
    {
        var key = (await _server.AsAsync(_admin, "POST", "/api/keys", """{"name":"ci","scopes":["read"]}""")).As<IssuedKey>();
        await _server.AsAsync(_admin, "POST", $"/api/keys/{key.Info.Id}/rotate", "{}");
        await _server.AsAsync(_admin, "DELETE", $"/api/keys/{key.Info.Id}");
        await _server.AsAsync(_admin, "POST", "experiments/ml-vs-heuristic", """{"mode":"live","share":0.5}""");
        await _server.AsAsync(_admin, "POST", "stats/refresh");
        await _server.AsAsync(_admin, "POST", "models/heuristic/promote");
        Assert.Equal(404, (await _server.AsAsync(_admin, "POST", "models/model-9/promote")).Status);
        Assert.Equal(403, (await _server.AsAsync(await _server.MakeKeyAsync(KeyScope.Read), "DELETE", $"/api/keys/{key.Info.Id}")).Status);

        var entries = (await _server.AsAsync(_admin, "GET", "/api/audit")).As<AuditPage>().Entries;
        Assert.Equal(["experiment.change", "key.create", "key.revoke", "key.rotate", "model.promote", "stats.refresh"], entries.Select(entry => entry.Act).Order(StringComparer.Ordinal));
        Assert.All(entries, entry => Assert.Equal(_admin.Split('_')[1], entry.Actor));
        Assert.Contains(entries, entry => (entry.Act, entry.Target) == ("key.revoke", key.Info.Id));
    }

    private async Task<int> ReadAsync(string? key) => (await _server.AsAsync(key, "GET", "auto-fixes")).Status;

    private async Task<KeyInfo> FindAsync(string id) => (await _server.AsAsync(_admin, "GET", "/api/keys")).As<KeyPage>().Keys.Single(key => key.Id == id);

    // The tables whose rows hold a text.
    private async Task<string> WhereAsync(string text)
    {
        var found = new StringBuilder();
        foreach (var (table, columns) in new[] { ("api_keys", "id || name || secret_hash || coalesce(previous_hash, '')"), ("idempotency_keys", "key || body_hash || body"), ("audit_log", "actor || act || coalesce(target, '')") })
        {
            if (await _server.QueryAsync<long>($"SELECT count(*) FROM {table} WHERE {columns} LIKE '%{text}%'") > 0)
                found.Append(table).Append(' ');
        }
        return found.ToString();
    }
}
