using Microsoft.Extensions.Time.Testing;
using Witan.Client;

namespace Witan.Server.Tests.Keys;

/// <summary>A key that asks as of a moment long past needs the scope replay, or an agent could ask from before its failures.</summary>
public sealed class ReplayScopeTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;
    private string _plain = null!;
    private string _replaying = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await Keyed.StartAsync(_clock);
        var admin = (await _server.MakeFirstKeyAsync()).Key;
        _plain = (await _server.MakeKeyAsync(admin, KeyScope.Report, KeyScope.Read)).Key!;
        _replaying = (await _server.MakeKeyAsync(admin, KeyScope.Report, KeyScope.Read, KeyScope.Replay)).Key!;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_proposal_of_more_than_five_minutes_ago_needs_it()
    {
        var old = Ago(TimeSpan.FromMinutes(5) + TimeSpan.FromMilliseconds(1));
        (await _server.ProposeAsync(_plain, old)).Is(403, "scope_missing");
        Assert.Equal(0, await _server.QueryAsync<long>("SELECT count(*) FROM fixes"));

        Assert.Equal(201, (await _server.ProposeAsync(_plain, Ago(TimeSpan.FromMinutes(5)))).Status);
        var replayed = await _server.ProposeAsync(_replaying, old);
        Assert.True(replayed.Status == 201 && replayed["replay"].GetBoolean(), replayed.Text);
    }

    [Fact]
    public async Task A_report_with_its_outcome_does_not_since_it_asks_nothing()
    {
        var report = Ago(TimeSpan.FromDays(100)) with { Outcome = new() { Success = true } };
        var answer = await _server.ProposeAsync(_plain, report);
        Assert.Equal(201, answer.Status);
        Assert.Equal(System.Text.Json.JsonValueKind.Null, answer["decision"].ValueKind);
    }

    [Fact]
    public async Task An_outcome_of_null_is_no_outcome() =>
        (await _server.CallAsync("POST", Conversation.Prefix + "/auto-fixes", _plain, """{"agentId":"a","fixStrategy":"code_patch","proposedAt":"2026-01-01T00:00:00Z","outcome":null}""")).Is(403, "scope_missing");

    [Fact]
    public async Task A_question_needs_it_too()
    {
        Assert.Equal(200, (await AskAsync(_plain, Some.Fix("a"))).Status);
        (await AskAsync(_plain, Ago(TimeSpan.FromHours(1)))).Is(403, "scope_missing");
        Assert.Equal(200, (await AskAsync(_replaying, Ago(TimeSpan.FromHours(1)))).Status);

        Task<Answer> AskAsync(string key, FixProposal proposal) => _server.CallAsync("POST", Conversation.Prefix + "/confidence", key, proposal);
    }

    [Fact]
    public async Task Lines_of_a_batch_fail_alone_without_it()
    {
        const string lines = """
            [{"agentId":"a","fixStrategy":"code_patch"},
             {"agentId":"a","fixStrategy":"code_patch","proposedAt":"2026-01-01T00:00:00Z"},
             {"agentId":"a","fixStrategy":"code_patch","proposedAt":"2026-01-01T00:00:00Z","outcome":{"success":true}},
             {"agentId":"a"}]
            """;
        Assert.Equal([201, 403, 201, 400], await StatusesAsync(_plain));
        Assert.Equal([201, 201, 201, 400], await StatusesAsync(_replaying));

        async Task<IEnumerable<int>> StatusesAsync(string key)
        {
            var answer = await _server.CallAsync("POST", Conversation.Prefix + "/auto-fixes/batch", key, lines);
            Assert.Equal(200, answer.Status);
            var results = answer.As<BatchAnswer>().Results;
            Assert.All(results.Where(line => line.Status == 403), line => Assert.True(line.Id is null && line.Error!.Contains("replay", StringComparison.Ordinal)));
            return results.Select(line => line.Status);
        }
    }

    private FixProposal Ago(TimeSpan age) => Some.Fix("a") with { ProposedAt = _clock.GetUtcNow() - age };
}
