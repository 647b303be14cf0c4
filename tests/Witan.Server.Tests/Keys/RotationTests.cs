using Microsoft.Extensions.Time.Testing;
using Witan.Client;

namespace Witan.Server.Tests.Keys;

/// <summary>Another secret for a key, with a while in which both are taken.</summary>
public sealed class RotationTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;
    private string _admin = null!;
    private IssuedKey _key = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await Keyed.StartAsync(_clock);
        _admin = (await _server.MakeFirstKeyAsync()).Key!;
        _key = await _server.MakeKeyAsync(_admin, KeyScope.Read);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Both_secrets_are_taken_for_a_day()
    {
        Assert.Equal(200, (await _server.ReadAsync(_key.Key)).Status);
        var rotated = await RotateAsync("{}");

        Assert.NotEqual(_key.Key, rotated.Key);
        Assert.Equal((_key.Info.Id, _clock.GetUtcNow().AddDays(1)), (rotated.Info.Id, rotated.Info.PreviousUntil));
        _clock.Advance(TimeSpan.FromDays(1) - TimeSpan.FromTicks(1));
        await TakesAsync(_key.Key, 200);
        await TakesAsync(rotated.Key, 200);
        _clock.Advance(TimeSpan.FromTicks(1));
        await TakesAsync(_key.Key, 401);
        await TakesAsync(rotated.Key, 200);
    }

    [Fact]
    public async Task The_old_secret_ends_when_it_is_told_to()
    {
        var rotated = await RotateAsync("""{"previousUntil":"2026-11-23T12:30:00+02:00"}""");
        Assert.Equal(OneServer.Start.AddMinutes(30), rotated.Info.PreviousUntil);
        await TakesAsync(_key.Key, 200);
        _clock.Advance(TimeSpan.FromMinutes(30));
        await TakesAsync(_key.Key, 401);
        await TakesAsync(rotated.Key, 200);
    }

    [Theory]
    [InlineData("2026-11-23T10:00:00Z")]
    [InlineData("2000-01-01T00:00:00Z")]
    public async Task A_secret_that_leaked_ends_at_once(string until)
    {
        await TakesAsync(_key.Key, 200);
        var rotated = await RotateAsync($$"""{"previousUntil":"{{until}}"}""");
        Assert.Null(rotated.Info.PreviousUntil);
        await TakesAsync(_key.Key, 401);
        await TakesAsync(rotated.Key, 200);
    }

    [Fact]
    public async Task Only_the_secret_just_before_is_taken_and_a_revocation_ends_both()
    {
        var second = await RotateAsync("{}");
        var third = await RotateAsync("{}");
        await TakesAsync(_key.Key, 401);
        await TakesAsync(second.Key, 200);
        await TakesAsync(third.Key, 200);

        await _server.CallAsync("DELETE", $"/api/keys/{_key.Info.Id}", _admin);
        await TakesAsync(second.Key, 401);
        await TakesAsync(third.Key, 401);
    }

    [Fact]
    public async Task The_old_secret_may_not_live_for_long()
    {
        var answer = await _server.CallAsync("POST", $"/api/keys/{_key.Info.Id}/rotate", _admin, """{"previousUntil":"2026-12-23T10:00:01Z"}""");
        answer.Is(400, "validation_failed");
        Assert.Equal("previousUntil", answer["errors"][0].GetProperty("field").GetString());
        Assert.NotNull((await RotateAsync("""{"previousUntil":"2026-12-23T10:00:00Z"}""")).Key);
    }

    private async Task<IssuedKey> RotateAsync(string body)
    {
        var answer = await _server.CallAsync("POST", $"/api/keys/{_key.Info.Id}/rotate", _admin, body);
        Assert.True(answer.Status == 200, answer.Text);
        return answer.As<IssuedKey>();
    }

    private async Task TakesAsync(string? key, int status) => Assert.Equal(status, (await _server.ReadAsync(key)).Status);
}
