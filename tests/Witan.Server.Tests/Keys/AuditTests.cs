using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Server.Tests.Models;

namespace Witan.Server.Tests.Keys;

/// <summary>Every administrative act is written down with who did it and to what; what was refused is not.</summary>
public sealed class AuditTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await Keyed.StartAsync(_clock);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_acts_on_keys_name_the_key_and_the_administrator()
    {
        var first = await _server.MakeFirstKeyAsync();
        var (admin, id) = (first.Key, first.Info.Id);
        _clock.Advance(TimeSpan.FromSeconds(1));
        var made = (await _server.MakeKeyAsync(admin, KeyScope.Read)).Info.Id;
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _server.CallAsync("POST", $"/api/keys/{made}/rotate", admin, "{}");
        _clock.Advance(TimeSpan.FromSeconds(1));
        await _server.CallAsync("DELETE", $"/api/keys/{made}", admin);

        Assert.Equal(
            [(id, "key.revoke", made), (id, "key.rotate", made), (id, "key.create", made), ("local", "key.create", id)],
            (await _server.AuditAsync(admin)).Select(entry => (entry.Actor, entry.Act, entry.Target!)));
        Assert.Equal([0, 1, 2, 3], (await _server.AuditAsync(admin)).Select(entry => (_clock.GetUtcNow() - entry.At).TotalSeconds));
    }

    [Fact]
    public async Task The_other_acts_name_what_they_were_done_to()
    {
        await _server.TeachAsync(SimulatedFleet.Reports(6_000));
        var first = await _server.MakeFirstKeyAsync();
        var training = await _server.CallAsync("POST", Conversation.Prefix + "/models/train", first.Key, "{}");
        Assert.Equal(202, training.Status);
        await DoesAsync(202, $"{training.Location}/cancel");
        await DoesAsync(200, Conversation.Prefix + "/models/heuristic/promote");
        await DoesAsync(200, Conversation.Prefix + "/experiments/heuristic-vs-track-record", """{"mode":"live","share":0.1}""");
        await DoesAsync(200, Conversation.Prefix + "/stats/refresh");

        Assert.Equal(
            [("stats.refresh", null), ("experiment.change", "heuristic-vs-track-record"), ("model.promote", "heuristic"), ("training.cancel", $"{training.Id}"), ("model.train", $"{training.Id}")],
            (await _server.AuditAsync(first.Key)).Where(entry => entry.Actor == first.Info.Id).Select(entry => (entry.Act, entry.Target)));

        async Task DoesAsync(int status, string path, string? body = null)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal(status, (await _server.CallAsync("POST", path, first.Key, body)).Status);
        }
    }

    [Fact]
    public async Task What_was_refused_is_not_there()
    {
        var admin = (await _server.MakeFirstKeyAsync()).Key;
        var reporter = (await _server.MakeKeyAsync(admin, KeyScope.Report)).Key;
        var before = (await _server.AuditAsync(admin)).Count;
        var prefix = Conversation.Prefix;

        (await _server.CallAsync("POST", "/api/keys", reporter, """{"name":"a","scopes":["admin"]}""")).Is(403, "scope_missing");
        (await _server.CallAsync("POST", "/api/keys", null, """{"name":"a","scopes":["admin"]}""")).Is(401, "key_required");
        (await _server.CallAsync("POST", "/api/keys", admin, """{"name":"a","scopes":[]}""")).Is(400, "validation_failed");
        (await _server.CallAsync("POST", "/api/keys/000000000000/rotate", admin, "{}")).Is(404, "not_found");
        (await _server.CallAsync("DELETE", "/api/keys/000000000000", admin)).Is(404, "not_found");
        (await _server.CallAsync("POST", prefix + "/models/nothing/promote", admin)).Is(404, "not_found");
        (await _server.CallAsync("POST", $"{prefix}/models/trainings/{Guid.Empty}/cancel", admin)).Is(404, "not_found");
        (await _server.CallAsync("POST", prefix + "/experiments/nothing-vs-nothing", admin, """{"mode":"live"}""")).Is(404, "not_found");
        (await _server.CallAsync("POST", prefix + "/experiments/heuristic-vs-track-record", admin, """{"mode":"live","share":2}""")).Is(400, "validation_failed");

        Assert.Equal(before, (await _server.AuditAsync(admin)).Count);
        Assert.Equal(2, before);
    }

    [Fact]
    public async Task An_act_that_cannot_be_written_down_is_not_done()
    {
        var admin = (await _server.MakeFirstKeyAsync()).Key;
        var key = await _server.MakeKeyAsync(admin, KeyScope.Read);
        await _server.ExecuteAsync("ALTER TABLE audit_log RENAME TO lost");

        Assert.Equal(500, (await _server.CallAsync("POST", "/api/keys", admin, """{"name":"unseen","scopes":["admin"]}""")).Status);
        Assert.Equal(500, (await _server.CallAsync("DELETE", $"/api/keys/{key.Info.Id}", admin)).Status);

        Assert.Equal(200, (await _server.ReadAsync(key.Key)).Status);
        Assert.Equal(2, (await _server.CallAsync("GET", "/api/keys", admin)).As<KeyPage>().Keys.Count);
    }

    [Fact]
    public async Task A_repetition_is_one_act()
    {
        var admin = (await _server.MakeFirstKeyAsync()).Key;
        for (var i = 0; i < 3; i++)
            Assert.Equal(201, (await _server.CallAsync("POST", "/api/keys", admin, """{"name":"once","scopes":["read"]}""", "one")).Status);
        Assert.Equal(2, (await _server.AuditAsync(admin)).Count);
    }

    [Fact]
    public async Task It_is_read_page_by_page_newest_first()
    {
        var admin = (await _server.MakeFirstKeyAsync()).Key;
        for (var i = 0; i < 4; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            await _server.MakeKeyAsync(admin, KeyScope.Read);
        }
        var first = (await _server.CallAsync("GET", "/api/audit?limit=3", admin)).As<AuditPage>();
        var second = (await _server.CallAsync("GET", $"/api/audit?limit=3&cursor={first.NextCursor}", admin)).As<AuditPage>();
        var walked = first.Entries.Concat(second.Entries).ToList();

        Assert.Equal(5, walked.DistinctBy(entry => entry.Id).Count());
        Assert.Equal(walked.OrderByDescending(entry => entry.At), walked);
        Assert.Null(second.NextCursor);
    }
}
