using System.Net;
using Microsoft.Extensions.Time.Testing;

namespace Witan.Server.Tests.BadInput;

public sealed class TimeTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);

    private WitanServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync(new FakeTimeProvider(Now));

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("2026-11-23T09:00:00")]
    [InlineData("2026-11-23")]
    [InlineData("2026-11-23 09:00:00Z")]
    [InlineData("23.11.2026 09:00")]
    [InlineData("2026-02-30T09:00:00Z")]
    [InlineData("2025-02-29T09:00:00Z")]
    [InlineData("2026-13-01T09:00:00Z")]
    [InlineData("2026-11-23T24:01:00Z")]
    [InlineData("2026-11-23T09:60:00Z")]
    [InlineData("2026-11-23T09:00:00+15:00")]
    [InlineData("2026-11-23T09:00:00+0100")]
    [InlineData("0000-11-23T09:00:00Z")]
    [InlineData("1970-01-01T00:00:00Z")]
    [InlineData("1999-12-31T23:59:59Z")]
    [InlineData("9999-12-31T23:59:59Z")]
    [InlineData("99999-01-01T00:00:00Z")]
    [InlineData("2026-11-23T10:05:00.000001Z")]
    [InlineData("2026-11-23T11:05:01+01:00")]
    [InlineData("yesterday")]
    [InlineData("")]
    public async Task A_bad_time_is_refused_wherever_it_stands(string time)
    {
        await RefusesAsync("auto-fixes", $$"""{"agentId":"a","fixStrategy":"s","proposedAt":"{{time}}"}""", "proposedAt");
        await RefusesAsync("confidence", $$"""{"agentId":"a","fixStrategy":"s","proposedAt":"{{time}}"}""", "proposedAt");
        await RefusesAsync("auto-fixes", $$$"""{"agentId":"a","fixStrategy":"s","outcome":{"success":true,"completedAt":"{{{time}}}"}}""", "outcome.completedAt");
        var id = await ProposeAsync("{\"agentId\":\"a\",\"fixStrategy\":\"s\"}");
        await RefusesAsync($"auto-fixes/{id}/outcome", $$"""{"success":true,"completedAt":"{{time}}"}""", "completedAt");
    }

    [Theory]
    [InlineData("2026-11-23T10:05:00Z")]
    [InlineData("2026-11-23T11:05:00+01:00")]
    [InlineData("2000-01-01T00:00:00Z")]
    [InlineData("2024-02-29T23:59:59.999999Z")]
    [InlineData("2026-11-23t09:00:00z")]
    public async Task A_time_up_to_five_minutes_ahead_is_taken(string time) =>
        await ProposeAsync($$"""{"agentId":"a","fixStrategy":"s","proposedAt":"{{time}}"}""");

    [Fact]
    public async Task A_fix_does_not_end_before_it_is_proposed()
    {
        await RefusesAsync("auto-fixes", """{"agentId":"a","fixStrategy":"s","proposedAt":"2026-11-20T10:00:00Z","outcome":{"success":true,"completedAt":"2026-11-20T09:59:59.999999Z"}}""", "outcome.completedAt");
        var id = await ProposeAsync("""{"agentId":"a","fixStrategy":"s","proposedAt":"2026-11-20T10:00:00Z"}""");
        await RefusesAsync($"auto-fixes/{id}/outcome", """{"success":true,"completedAt":"2026-11-20T09:59:59.999999Z"}""", "completedAt");
        await ProposeAsync("""{"agentId":"a","fixStrategy":"s","proposedAt":"2026-11-20T10:00:00Z","outcome":{"success":true,"completedAt":"2026-11-20T10:00:00Z"}}""");
    }

    [Fact]
    public async Task A_rollback_does_not_come_before_the_success()
    {
        var id = await ProposeAsync("""{"agentId":"a","fixStrategy":"s","proposedAt":"2026-11-20T10:00:00Z","outcome":{"success":true,"durationMs":60000}}""");
        await RefusesAsync($"auto-fixes/{id}/outcome", """{"rolledBack":true,"completedAt":"2026-11-20T10:00:59Z"}""", "completedAt");
    }

    [Theory]
    [InlineData("2026-11-23T10:00:00Z", 300_001)]
    [InlineData("2026-11-23T10:00:00Z", 9223372036854775807)]
    [InlineData("2026-11-23T10:00:00Z", 1_000_000_000_000)]
    [InlineData("2000-01-01T00:00:00Z", 1_000_000_000_000)]
    public async Task A_duration_does_not_lead_into_the_future(string proposedAt, long durationMs) =>
        await RefusesAsync("auto-fixes", $$$"""{"agentId":"a","fixStrategy":"s","proposedAt":"{{{proposedAt}}}","outcome":{"success":true,"durationMs":{{{durationMs}}}}}""", "outcome.durationMs");

    [Theory]
    [InlineData("since", "2026-11-23T09:00:00")]
    [InlineData("since", "2026-02-30T09:00:00Z")]
    [InlineData("until", "tomorrow")]
    [InlineData("until", "2026-11-23T09:00:00%2B0100")]
    [InlineData("until", "2026-11-23T09:00:00+01:00")] // a plus in a query is a space
    public async Task Bad_times_in_a_query_are_refused(string name, string value)
    {
        using var response = await _server.Http.SendAsync(Refusals.Get(_server.Url, $"auto-fixes?{name}={value}"), TestContext.Current.CancellationToken);
        await Refusals.ProblemAsync(response, 400, "invalid_query", name);
    }

    private async Task RefusesAsync(string path, string body, string field)
    {
        var before = await _server.StoredAsync();
        using var response = await _server.Http.SendAsync(Refusals.Post(path, body), TestContext.Current.CancellationToken);
        await Refusals.ProblemAsync(response, 400, "validation_failed", field);
        Assert.Equal(before, await _server.StoredAsync());
    }

    private async Task<string> ProposeAsync(string body)
    {
        using var response = await _server.Http.SendAsync(Refusals.Post("auto-fixes", body), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return response.Headers.Location!.ToString().Split('/')[^1];
    }
}
