using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Witan.Client;
using Witan.Fixes;

namespace Witan.Server.Tests.Verbs;

/// <summary><c>witan ask</c> and <c>witan report</c> against a server.</summary>
public sealed class AskAndReportTests : IAsyncLifetime
{
    private readonly WitanProcess _witan = new();
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await WitanServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _witan.Dispose();
    }

    [Theory]
    [InlineData(0.0, 0.0, 0, "auto_apply")]
    [InlineData(1.0, 0.0, 10, "review")]
    [InlineData(1.0, 1.0, 20, "escalate")]
    public async Task The_exit_code_is_the_decision(double autoApply, double review, int exitCode, string word)
    {
        await using var server = await WitanServer.StartAsync(change: s => s with { Policy = new Policy { AutoApply = autoApply, Review = review, MinComparableOutcomes = 0 } });
        await server.Client.ProposeAsync(new() { AgentId = "a", FixStrategy = "code_patch", Outcome = new() { Success = false } }, TestContext.Current.CancellationToken);
        var run = await AskAsync(server.Url, "--agent", "a", "--strategy", "code_patch");
        Assert.True(run.ExitCode == exitCode, run.Out + run.Error);
        Assert.StartsWith($"{word}: ", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_nothing_is_known_it_is_review_without_a_number()
    {
        var run = await AskAsync(_server.Url, "--agent", "new", "--strategy", "code_patch");
        Assert.Equal(10, run.ExitCode);
        Assert.StartsWith("review\n", run.Out, StringComparison.Ordinal);
        Assert.Matches("witan report [0-9a-f-]{36} --success", run.Out);
    }

    [Fact]
    public async Task Everything_that_was_said_arrives()
    {
        var run = await AskAsync(_server.Url, "--agent", "full", "--strategy", "dependency_fix", "--issue", "i", "--repository", "r/r", "--domain", "backend", "--error", "boom",
            "--family", "f", "--model", "m", "--external-id", "x-1", "--lines-added", "4", "--lines-deleted", "2", "--path", "a.cs", "--path", "b.cs", "--json");
        Assert.Equal(10, run.ExitCode);
        var id = JsonSerializer.Deserialize(run.Out, WitanJson.Default.FixAnswer)!.Id!.Value;
        var fix = await _server.Client.GetFixAsync(id, TestContext.Current.CancellationToken);
        Assert.Equal(("full", "dependency_fix", "i", "r/r", "backend", "boom", "f", "m", "x-1"),
            (fix.AgentId, fix.FixStrategy, fix.Issue!, fix.Repository!, fix.Domain!, fix.Error!, fix.Family!, fix.Model!, fix.ExternalId!));
        Assert.Equal((2, 4, 2), (fix.Changes!.Files!.Value, fix.Changes.LinesAdded!.Value, fix.Changes.LinesDeleted!.Value));
        Assert.Equal(["a.cs", "b.cs"], fix.Changes.Paths!);

        var again = await AskAsync(_server.Url, "--agent", "full", "--strategy", "dependency_fix", "--external-id", "x-1", "--json");
        Assert.Equal(10, again.ExitCode);
        Assert.Equal(id, JsonSerializer.Deserialize(again.Out, WitanJson.Default.FixAnswer)!.Id);
    }

    [Fact]
    public async Task A_dry_run_stores_nothing()
    {
        var run = await AskAsync(_server.Url, "--agent", "dry", "--strategy", "code_patch", "--dry-run");
        Assert.Equal(10, run.ExitCode);
        Assert.DoesNotContain("witan report", run.Out, StringComparison.Ordinal);
        Assert.Empty((await _server.Client.ListFixesAsync(new() { AgentId = "dry" }, TestContext.Current.CancellationToken)).AutoFixes);
    }

    [Fact]
    public async Task What_the_server_refuses_is_one_line_and_exit_code_1()
    {
        (await AskAsync(_server.Url, "--agent", " ", "--strategy", "code_patch")).FailsWith("agentId", "validation_failed");
        (await AskAsync(_server.Url, "--agent", "a", "--strategy", "code_patch", "--files", "-1")).FailsWith("changes.files");
    }

    [Fact]
    public async Task Without_a_server_it_is_one_line_and_exit_code_1()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var url = new Uri($"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");
        listener.Stop();
        var run = await AskAsync(url, "--agent", "a", "--strategy", "code_patch");
        run.FailsWith(url.Authority, "does not answer", "witan serve");
        Assert.Single(run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        (await _witan.RunAsync("ask", "--server", "nonsense", "--agent", "a", "--strategy", "code_patch")).FailsWith("--server");
    }

    [Fact]
    public async Task What_is_no_Witan_is_one_line_and_exit_code_1() =>
        (await _witan.RunAsync("ask", "--server", $"{_server.Url}scalar", "--agent", "a", "--strategy", "code_patch")).FailsWith("witan: ");

    [Fact]
    public async Task The_server_is_a_flag_or_an_environment_variable()
    {
        string[] ask = ["ask", "--agent", "a", "--strategy", "code_patch", "--dry-run"];
        Assert.Equal(10, (await _witan.RunAsync(ask, new() { ["WITAN_SERVER"] = _server.Url.ToString() })).ExitCode);
        Assert.Equal(10, (await _witan.RunAsync([.. ask, "--server", _server.Url.ToString()], new() { ["WITAN_SERVER"] = "http://127.0.0.1:1" })).ExitCode);
    }

    [Theory]
    [InlineData("--success", FixState.Succeeded)]
    [InlineData("--failure", FixState.Failed)]
    [InlineData("--rolled-back", FixState.RolledBack)]
    [InlineData("--applied", FixState.Applied)]
    [InlineData("--rejected", FixState.Rejected)]
    public async Task Each_report_moves_the_fix_and_the_same_again_changes_nothing(string flag, FixState state)
    {
        var id = await ProposeAsync();
        string[] details = flag is "--applied" or "--rejected" ? ["--by", "me", "--reason", "because"] : ["--duration-ms", "41000", "--error", "boom"];
        for (var time = 0; time < 2; time++)
        {
            var run = await ReportAsync(id, [flag, .. details]);
            run.Succeeds();
            Assert.Contains($"{id} is ", run.Out, StringComparison.Ordinal);
        }
        var fix = await _server.Client.GetFixAsync(id, TestContext.Current.CancellationToken);
        Assert.Equal(state, fix.Status);
        Assert.Equal(details[1], flag is "--applied" or "--rejected" ? fix.StatusBy : $"{fix.DurationMs}");
        Assert.Equal(details[3], flag is "--applied" or "--rejected" ? fix.StatusReason : fix.ErrorMessage);
    }

    [Fact]
    public async Task A_report_is_one_word_and_no_contradiction()
    {
        var id = await ProposeAsync();
        (await ReportAsync(id)).FailsWith("exactly one of");
        (await ReportAsync(id, "--success", "--failure")).FailsWith("exactly one of");
        (await ReportAsync(id, "--success", "--json")).Succeeds();
        (await ReportAsync(id, "--failure")).FailsWith("outcome_contradicts");
        (await ReportAsync(id, "--applied")).FailsWith("illegal_transition");
        (await ReportAsync(id, "--rolled-back")).Succeeds();
        (await ReportAsync(Guid.CreateVersion7(), "--success")).FailsWith("not_found");
    }

    private Task<Run> AskAsync(Uri server, params string[] arguments) => _witan.RunAsync(["ask", "--server", server.ToString(), .. arguments]);

    private Task<Run> ReportAsync(Guid id, params string[] arguments) => _witan.RunAsync(["report", id.ToString(), "--server", _server.Url.ToString(), .. arguments]);

    private async Task<Guid> ProposeAsync() =>
        (await _server.Client.ProposeAsync(new() { AgentId = "a", FixStrategy = "code_patch" }, TestContext.Current.CancellationToken)).Id!.Value;
}
