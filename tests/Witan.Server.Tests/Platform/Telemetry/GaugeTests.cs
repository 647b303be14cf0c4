using Microsoft.Extensions.Time.Testing;
using Witan.Client;
using Witan.Server.Tests.Models;

namespace Witan.Server.Tests.Platform.Telemetry;

/// <summary>What is looked at when metrics are read; some of it is asked of the database every 5 seconds.</summary>
[Collection(nameof(Metered))]
public sealed class GaugeTests : IAsyncLifetime
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(5);

    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync(_clock);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Agents_are_active_for_a_day()
    {
        await _server.ScrapeUntilAsync(page => page.Value("agent_active_count") == 0);
        foreach (var agent in new[] { "a", "b", "c" })
            await _server.ProposeAsync(Some.Fix(agent));
        await LaterAsync(Look, page => page.Value("agent_active_count") == 3);
        _clock.Advance(TimeSpan.FromHours(23));
        await _server.ProposeAsync(Some.Fix("a"));
        await LaterAsync(TimeSpan.FromHours(2), page => page.Value("agent_active_count") == 1);
    }

    [Fact]
    public async Task A_database_that_does_not_serve_is_0_and_what_is_unknown_then_is_no_number()
    {
        var ready = await _server.ScrapeUntilAsync(page => page.Has("system_health_status"));
        Assert.Equal(["database", "model", "summaries"], ready.Labels("system_health_status", "dependency"));
        Assert.Equal(3, ready.Sum("system_health_status"));
        await _server.ProposeAsync(Some.Fix("a"));
        await _server.PostAsync("/stats/refresh", null);
        await LaterAsync(Look, page => page.Has("db_statistics_age_seconds") && page.Value("agent_active_count") == 1);

        await _server.ExecuteAsync("ALTER TABLE models RENAME TO lost");
        var away = await LaterAsync(Look, page => page.Value("system_health_status", ("dependency", "database")) == 0);
        Assert.Equal(1, away.Value("system_health_status", ("dependency", "model")));
        Assert.Equal(double.NaN, away.Value("system_health_status", ("dependency", "summaries")));
        Assert.Equal(double.NaN, away.Value("agent_active_count"));
        Assert.True(double.IsNaN(away.Sum("db_statistics_age_seconds")));

        await _server.ExecuteAsync("ALTER TABLE lost RENAME TO models");
        var back = await LaterAsync(Look, page => page.Value("system_health_status", ("dependency", "database")) == 1);
        Assert.Equal((1, 1), (back.Value("system_health_status", ("dependency", "summaries")), back.Value("agent_active_count")));
    }

    [Fact]
    public async Task Statistics_get_older_until_they_are_made_anew()
    {
        const string age = "db_statistics_age_seconds";
        (string, string) fixes = ("summary", "fix_statistics");
        await RefreshAsync();
        await LaterAsync(Look, page => page.Has(age, fixes) && page.Value(age, fixes) <= Look.TotalSeconds);
        var later = await LaterAsync(TimeSpan.FromHours(1), page => page.Value("agent_active_count") == 1);
        Assert.Equal(Engine.IsPostgres, later.Value(age, fixes) >= 3600); // on SQLite they are made for each answer
        await RefreshAsync();
        await LaterAsync(Look, page => page.Value(age, fixes) <= Look.TotalSeconds);

        async Task RefreshAsync()
        {
            await _server.ProposeAsync(Some.Fix("a"));
            await _server.PostAsync("/stats/refresh", null);
        }
    }

    [Fact]
    public async Task The_calibration_error_is_that_of_the_latest_outcomes()
    {
        Assert.Equal(double.NaN, (await _server.ScrapeAsync()).Value("ml_calibration_error"));
        await _server.TeachAsync("a", successes: 25, failures: 15);
        Assert.Equal(double.NaN, (await _server.ScrapeAsync()).Value("ml_calibration_error")); // they came with no probability

        var (sum, successes) = (0.0, 0);
        for (var i = 0; i < 6; i++)
        {
            var fix = await _server.ProposeAsync(Some.Fix("a"));
            await _server.ReportAsync(fix.Id, new { success = i < 2 });
            (sum, successes) = (sum + fix.Confidence!.Value, successes + (i < 2 ? 1 : 0));
            var page = await _server.ScrapeAsync();
            Assert.Equal((sum - successes) / (i + 1), page.Value("ml_calibration_error"), 1e-9);
            Assert.Equal(i + 1, page.Value("ml_calibration_outcomes"));
        }
    }

    [Fact]
    public async Task Another_champion_is_named_alone_starts_its_calibration_over_and_drifts_by_itself()
    {
        await _server.TeachAsync(SimulatedFleet.Reports(600));
        var old = await _server.ProposeAsync(SimulatedFleet.Easy);
        var before = await _server.ScrapeAsync();
        Assert.Equal(1, before.Value("ml_model_info"));
        Assert.Equal(["track-record"], before.Labels("ml_model_info", "version"));
        Assert.Equal(double.NaN, before.Value("ml_drift_ratio"));

        var version = await _server.TrainAsync();
        var fix = await _server.ProposeAsync(SimulatedFleet.Easy);
        Assert.Equal((version, "track-record"), (fix.Scorer, old.Scorer));
        await _server.ReportAsync(fix.Id, new { success = true });
        await _server.ReportAsync(old.Id, new { success = false }); // an outcome of the champion before says nothing of this one
        var trained = await _server.ScrapeAsync();
        Assert.Equal(1, trained.Value("ml_model_info", ("version", version)));
        Assert.Equal(double.NaN, trained.Value("ml_model_info", ("version", "track-record")));
        Assert.Equal(fix.Confidence!.Value - 1, trained.Value("ml_calibration_error"), 1e-9);
        Assert.Equal(double.NaN, trained.Value("ml_drift_ratio"));

        for (var i = 0; i < 250; i++)
            await _server.ProposeAsync(Some.Fix($"newcomer-{i % 9}", $"new-{i}") with { Repository = $"elsewhere-{i % 4}" });
        Assert.True((await _server.ScrapeAsync()).Value("ml_drift_ratio") > 1);
    }

    private async Task<MetricsPage> LaterAsync(TimeSpan time, Func<MetricsPage, bool> isSo)
    {
        _clock.Advance(time);
        return await _server.ScrapeUntilAsync(isSo);
    }
}
