using Microsoft.Extensions.Time.Testing;
using Witan.Client;

namespace Witan.Server.Tests.Keys;

/// <summary>Two servers on one database: what an administrator does on one holds on the other.</summary>
public sealed class OtherProcessTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _here = null!;
    private WitanServer _there = null!;

    public async ValueTask InitializeAsync()
    {
        _here = await Keyed.StartAsync(_clock);
        _there = await Keyed.StartAsync(_clock, settings => settings with { Database = _here.Database });
    }

    public async ValueTask DisposeAsync()
    {
        await _there.DisposeAsync();
        await _here.DisposeAsync();
    }

    [Fact]
    public async Task The_first_key_closes_the_other_one_and_opens_it_to_its_holder()
    {
        Assert.Equal(200, (await _here.ReadAsync(null)).Status);
        var admin = (await _there.MakeFirstKeyAsync()).Key;

        Assert.Equal(401, await SettledAsync(null, 401));
        Assert.Equal(200, (await _here.CallAsync("GET", "/api/keys", admin)).Status);
    }

    [Fact]
    public async Task A_rotation_and_a_revocation_are_followed()
    {
        var admin = (await _here.MakeFirstKeyAsync()).Key;
        var key = await _here.MakeKeyAsync(admin, KeyScope.Read);
        Assert.Equal(200, (await _here.ReadAsync(key.Key)).Status); // so that its secret is remembered here
        Assert.Equal(401, await AdminSettlesThereAsync(admin!));

        var rotated = (await _there.CallAsync("POST", $"/api/keys/{key.Info.Id}/rotate", admin, """{"previousUntil":"2026-11-23T10:00:00Z"}""")).As<IssuedKey>();
        Assert.Equal(401, await SettledAsync(key.Key, 401));
        Assert.Equal(200, (await _here.ReadAsync(rotated.Key)).Status);

        await _there.CallAsync("DELETE", $"/api/keys/{key.Info.Id}", admin);
        Assert.Equal(401, await SettledAsync(rotated.Key, 401));
    }

    [Fact]
    public async Task A_write_follows_at_once()
    {
        var admin = (await _there.MakeFirstKeyAsync()).Key;
        var made = await _here.CallAsync("POST", "/api/keys", null, new KeyRequest { Name = "late", Scopes = [KeyScope.Read] }); // it may still be open
        Assert.Contains(made.Status, new[] { 201, 401 });
        Assert.Equal(200, (await _here.CallAsync("GET", "/api/keys", admin)).Status);
    }

    // Until a heartbeat has told, which is within a second of the clock.
    private async Task<int> SettledAsync(string? key, int expected)
    {
        var status = 0;
        for (var beats = 0; status != expected && beats < 10_000; beats++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(10));
            status = (await _here.ReadAsync(key)).Status;
        }
        return status;
    }

    private async Task<int> AdminSettlesThereAsync(string admin)
    {
        var status = 0;
        for (var beats = 0; status != 401 && beats < 10_000; beats++)
        {
            _clock.Advance(TimeSpan.FromMilliseconds(10));
            status = (await _there.ReadAsync(null)).Status;
        }
        Assert.Equal(200, (await _there.CallAsync("GET", "/api/keys", admin)).Status);
        return status;
    }
}
