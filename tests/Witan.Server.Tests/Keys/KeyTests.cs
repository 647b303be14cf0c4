using System.Text;
using Microsoft.Extensions.Time.Testing;
using Witan.Client;

namespace Witan.Server.Tests.Keys;

/// <summary>The life of a key over HTTP.</summary>
public sealed class KeyTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;
    private string _admin = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await Keyed.StartAsync(_clock);
        _admin = (await _server.MakeFirstKeyAsync()).Key!;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_key_tells_what_it_is_and_is_listed_without_its_secret()
    {
        var ends = _clock.GetUtcNow().AddDays(90);
        var made = await _server.MakeKeyAsync(_admin, new KeyRequest { Name = "ci of billing", Scopes = [KeyScope.Vote, KeyScope.Read, KeyScope.Vote], Plan = "fleet", ExpiresAt = ends });

        Assert.Matches($"^witan_{made.Info.Id}_[0-9a-f]{{72}}$", made.Key);
        Assert.Equal(("ci of billing", "fleet", _clock.GetUtcNow(), ends), (made.Info.Name, made.Info.Plan, made.Info.CreatedAt, made.Info.ExpiresAt));
        Assert.Equal([KeyScope.Read, KeyScope.Vote], made.Info.Scopes);
        Assert.Equal((null, null, null), (made.Info.RevokedAt, made.Info.PreviousUntil, made.Info.LastUsedAt));

        var list = await _server.CallAsync("GET", "/api/keys", _admin);
        Assert.DoesNotContain(made.Key![20..], list.Text, StringComparison.Ordinal);
        Assert.Equivalent(made.Info, list.As<KeyPage>().Keys.Single(key => key.Id == made.Info.Id));
    }

    [Fact]
    public async Task Keys_are_listed_page_by_page_newest_first()
    {
        var ids = new List<string>();
        for (var i = 0; i < 4; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            ids.Insert(0, (await _server.MakeKeyAsync(_admin, KeyScope.Read)).Info.Id);
        }
        var first = (await _server.CallAsync("GET", "/api/keys?limit=3", _admin)).As<KeyPage>();
        var second = (await _server.CallAsync("GET", $"/api/keys?limit=3&cursor={first.NextCursor}", _admin)).As<KeyPage>();

        Assert.Equal(ids, first.Keys.Concat(second.Keys).Select(key => key.Id).SkipLast(1));
        Assert.Null(second.NextCursor);
    }

    [Fact]
    public async Task A_repeated_request_makes_no_second_key_and_does_not_show_the_first_again()
    {
        var request = new KeyRequest { Name = "once", Scopes = [KeyScope.Read] };
        var first = await _server.CallAsync("POST", "/api/keys", _admin, request, "again");
        var second = await _server.CallAsync("POST", "/api/keys", _admin, request, "again");

        Assert.Equal((201, 201), (first.Status, second.Status));
        Assert.NotNull(first.As<IssuedKey>().Key);
        Assert.Null(second.As<IssuedKey>().Key);
        Assert.Equivalent(first.As<IssuedKey>().Info, second.As<IssuedKey>().Info);
        Assert.Equal(2, (await _server.CallAsync("GET", "/api/keys", _admin)).As<KeyPage>().Keys.Count);

        var rotated = await _server.CallAsync("POST", $"/api/keys/{first.As<IssuedKey>().Info.Id}/rotate", _admin, "{}", "rotate");
        var repeated = await _server.CallAsync("POST", $"/api/keys/{first.As<IssuedKey>().Info.Id}/rotate", _admin, "{}", "rotate");
        Assert.Equal((200, 200), (rotated.Status, repeated.Status));
        Assert.Null(repeated.As<IssuedKey>().Key);
        Assert.Equal(200, (await _server.ReadAsync(rotated.As<IssuedKey>().Key)).Status);
        await NothingStoredHoldsAsync(first.As<IssuedKey>(), rotated.As<IssuedKey>());
    }

    [Fact]
    public async Task A_key_ends_at_its_moment_and_can_be_revoked_before()
    {
        var key = await _server.MakeKeyAsync(_admin, new KeyRequest { Name = "short", Scopes = [KeyScope.Read], ExpiresAt = _clock.GetUtcNow().AddHours(1) });
        _clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromTicks(1));
        Assert.Equal(200, (await _server.ReadAsync(key.Key)).Status);
        _clock.Advance(TimeSpan.FromTicks(1));
        var ended = await _server.ReadAsync(key.Key);
        ended.Is(401, "key_refused");
        Assert.Contains("expired", ended["detail"].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_revoked_key_is_refused_at_once_and_for_good()
    {
        var key = await _server.MakeKeyAsync(_admin, KeyScope.Read);
        Assert.Equal(200, (await _server.ReadAsync(key.Key)).Status);

        var revoked = await _server.CallAsync("DELETE", $"/api/keys/{key.Info.Id}", _admin);
        Assert.Equal((200, _clock.GetUtcNow()), (revoked.Status, revoked.As<KeyInfo>().RevokedAt));
        var refused = await _server.ReadAsync(key.Key);
        refused.Is(401, "key_refused");
        Assert.Contains("revoked", refused["detail"].GetString(), StringComparison.Ordinal);

        _clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(revoked.As<KeyInfo>().RevokedAt, (await _server.CallAsync("DELETE", $"/api/keys/{key.Info.Id}", _admin)).As<KeyInfo>().RevokedAt);
        (await _server.CallAsync("POST", $"/api/keys/{key.Info.Id}/rotate", _admin, "{}")).Is(409, "key_revoked");
        (await _server.CallAsync("DELETE", "/api/keys/000000000000", _admin)).Is(404, "not_found");
        (await _server.CallAsync("POST", "/api/keys/000000000000/rotate", _admin, "{}")).Is(404, "not_found");
    }

    [Fact]
    public async Task Who_does_not_know_the_secret_is_not_told_that_a_key_was_revoked()
    {
        var (key, other) = (await _server.MakeKeyAsync(_admin, KeyScope.Read), await _server.MakeKeyAsync(_admin, KeyScope.Read));
        await _server.CallAsync("DELETE", $"/api/keys/{key.Info.Id}", _admin);
        var guessed = Server.Platform.Auth.ApiKey.Issue(key.Info.Id);

        Assert.Equal((await _server.ReadAsync(Server.Platform.Auth.ApiKey.Issue("000000000000")))["detail"].GetString(), (await _server.ReadAsync(guessed))["detail"].GetString());
        (await _server.ReadAsync(Server.Platform.Auth.ApiKey.Issue(other.Info.Id))).Is(401, "key_refused");
    }

    [Fact]
    public async Task Its_last_use_is_known_to_the_minute_after_a_minute()
    {
        _clock.Advance(TimeSpan.FromSeconds(42));
        var key = await _server.MakeKeyAsync(_admin, KeyScope.Read);
        await _server.ReadAsync(key.Key);
        Assert.Null((await InfoAsync()).LastUsedAt);

        _clock.Advance(TimeSpan.FromMinutes(1));
        var info = await InfoAsync();
        for (var reads = 0; info.LastUsedAt is null && reads < 10_000; reads++)
            info = await InfoAsync();
        Assert.Equal(OneServer.Start, info.LastUsedAt);

        async Task<KeyInfo> InfoAsync() => (await _server.CallAsync("GET", "/api/keys", _admin)).As<KeyPage>().Keys.Single(k => k.Id == key.Info.Id);
    }

    [Theory]
    [InlineData("""{"name":"a","scopes":["superuser"]}""", "scopes[0]")]
    [InlineData("""{"name":"a","scopes":[]}""", "scopes")]
    [InlineData("""{"name":"a","scopes":null}""", "scopes")]
    [InlineData("""{"name":"a","scopes":["Read"]}""", "scopes[0]")]
    [InlineData("""{"name":"a","scopes":[0]}""", "scopes[0]")]
    [InlineData("""{"name":"a","scopes":"read"}""", "scopes")]
    [InlineData("""{"name":"a"}""", "scopes")]
    [InlineData("""{"scopes":["read"]}""", "name")]
    [InlineData("""{"name":"  ","scopes":["read"]}""", "name")]
    [InlineData("""{"name":"a\nb","scopes":["read"]}""", "name")]
    [InlineData("""{"name":"a","scopes":["read"],"plan":"local"}""", "plan")]
    [InlineData("""{"name":"a","scopes":["read"],"plan":""}""", "plan")]
    [InlineData("""{"name":"a","scopes":["read"],"expiresAt":"2026-11-23T10:00:00Z"}""", "expiresAt")]
    [InlineData("""{"name":"a","scopes":["read"],"expiresAt":"tomorrow"}""", "expiresAt")]
    [InlineData("""{"name":"a","scopes":["read"],"secret":"mine"}""", "secret")]
    [InlineData("""{"name":"a","scopes":["read"],"id":"mine"}""", "id")]
    public async Task What_is_wrong_with_a_key_to_be_made_is_named(string body, string field)
    {
        var answer = await _server.CallAsync("POST", "/api/keys", _admin, body);
        answer.Is(400, "validation_failed");
        Assert.Equal([field], answer["errors"].EnumerateArray().Select(e => e.GetProperty("field").GetString()));
        Assert.Single((await _server.CallAsync("GET", "/api/keys", _admin)).As<KeyPage>().Keys);
    }

    [Fact]
    public async Task The_same_idempotency_key_of_two_callers_are_two_requests()
    {
        var (one, two) = (await _server.MakeKeyAsync(_admin, KeyScope.Report), await _server.MakeKeyAsync(_admin, KeyScope.Report));
        var first = await _server.ProposeAsync(one.Key, Some.Fix("a"), "same");
        var second = await _server.ProposeAsync(two.Key, Some.Fix("a"), "same");
        var third = await _server.ProposeAsync(two.Key, Some.Fix("b"), "same");

        Assert.Equal((201, 201, 422), (first.Status, second.Status, third.Status));
        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal(first.Id, (await _server.ProposeAsync(one.Key, Some.Fix("a"), "same")).Id);
    }

    [Fact]
    public async Task Where_several_nodes_share_the_database_and_no_pepper_is_set_making_a_key_says_what_to_set()
    {
        Assert.SkipUnless(Engine.IsPostgres, "Beside a SQLite file the first key makes a pepper.");
        await using var server = await WitanServer.StartAsync();
        var answer = await server.CallAsync("POST", "/api/keys", null, new KeyRequest { Name = "a", Scopes = [KeyScope.Read] });
        answer.Is(409, "pepper_missing");
        Assert.Contains("WITAN_KEYS__PEPPER", answer["detail"].GetString(), StringComparison.Ordinal);
        Assert.Equal(200, (await server.ReadAsync(null)).Status);
        Assert.Empty(await server.AuditAsync(null));
    }

    // Looks at the bytes, where there is a file; and can find what is there.
    private async Task NothingStoredHoldsAsync(params IssuedKey[] keys)
    {
        var stored = Engine.IsPostgres
            ? (await _server.QueryAsync<string>("SELECT concat((SELECT string_agg(t::text, ' ') FROM api_keys t), (SELECT string_agg(t::text, ' ') FROM idempotency_keys t), (SELECT string_agg(t::text, ' ') FROM audit_log t))"))!
            : string.Concat(Directory.EnumerateFiles(Path.GetDirectoryName(_server.Database)!).Select(file => Encoding.Latin1.GetString(File.ReadAllBytes(file))));
        foreach (var key in keys)
        {
            var secret = key.Key!.Split('_')[2];
            Assert.Contains(key.Info.Id, stored, StringComparison.Ordinal);
            Assert.DoesNotContain(secret[..16], stored, StringComparison.Ordinal);
            Assert.DoesNotContain(Encoding.Latin1.GetString(Convert.FromHexString(secret[..64])), stored, StringComparison.Ordinal);
        }
    }
}
