using Microsoft.Extensions.Time.Testing;
using Witan.Client;

namespace Witan.Server.Tests.Collaborations;

/// <summary>The deadline ends what is open.</summary>
public sealed class DeadlineTests : IAsyncLifetime
{
    private readonly FakeTimeProvider _clock = new(OneServer.Start);
    private WitanServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync(_clock);
        await _server.KnowAsync(9, 1, "b", "c", "d");
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task The_sweep_expires_what_is_past_its_deadline_and_nothing_else()
    {
        var (soon, later, done) = (await BeginAsync(1), await BeginAsync(2), await BeginAsync(1));
        await _server.ChangeAsync(soon.Id, new { status = "executing", progress = 30 });
        await _server.ChangeAsync(done.Id, new { status = "cancelled" });
        await _server.SweepAsync(OneServer.Start.AddHours(1).AddTicks(-10));
        Assert.Equal(CollaborationState.Executing, (await _server.CollaborationAsync(soon.Id)).Status);

        _clock.Advance(TimeSpan.FromHours(1));
        await _server.SweepAsync(_clock.GetUtcNow());

        var expired = await _server.CollaborationAsync(soon.Id);
        Assert.Equal((CollaborationState.Expired, 30, _clock.GetUtcNow()), (expired.Status, expired.Progress, expired.EndedAt!.Value));
        Assert.Null(expired.Outcome);
        Assert.Equal(CollaborationState.Planning, (await _server.CollaborationAsync(later.Id)).Status);
        Assert.Equal(CollaborationState.Cancelled, (await _server.CollaborationAsync(done.Id)).Status);
        await _server.RefusedAsync(409, "collaboration_closed", () => _server.ChangeAsync(soon.Id, new { progress = 50 }));
    }

    [Fact]
    public async Task The_server_sweeps_by_itself()
    {
        var begun = await BeginAsync(1);
        var cancel = TestContext.Current.CancellationToken;

        while ((await _server.CollaborationAsync(begun.Id)).Status != CollaborationState.Expired)
        {
            cancel.ThrowIfCancellationRequested();
            _clock.Advance(TimeSpan.FromMinutes(10));
        }
        Assert.True((await _server.CollaborationAsync(begun.Id)).EndedAt >= begun.Deadline);
    }

    [Fact]
    public async Task From_the_deadline_on_no_vote_is_taken_swept_or_not()
    {
        var begun = await _server.BeginAsync(Council.On("lead", "b", "c", "d") with { Deadline = OneServer.Start.AddSeconds(20) }); // before the first sweep
        _clock.Advance(TimeSpan.FromSeconds(20) - TimeSpan.FromMicroseconds(1));
        await _server.CastAsync(begun.Id, "b", "approve");
        _clock.SetUtcNow(begun.Deadline);

        await _server.RefusedAsync(409, "deadline_passed", () => _server.VoteAsync(begun.Id, "c", "approve"));
        await _server.SweepAsync(_clock.GetUtcNow());
        await _server.RefusedAsync(409, "deadline_passed", () => _server.VoteAsync(begun.Id, "c", "approve"));
    }

    [Fact]
    public async Task An_undecided_vote_that_expires_expires_its_fix_whose_receipt_stays()
    {
        var fix = await _server.ProposeAsync(Some.Fix("proposer", "i"));
        var receipt = (await _server.GetAsync($"/auto-fixes/{fix.Id}"))["receipt"].GetRawText();
        await _server.BeginAsync(Council.On("lead", "b", "c") with { FixId = fix.Id });

        _clock.Advance(TimeSpan.FromHours(24));
        await _server.SweepAsync(_clock.GetUtcNow());

        var expired = await _server.FixAsync(fix.Id);
        Assert.Equal((FixState.Expired, "vote"), (expired.Status, expired.StatusBy));
        Assert.Equal(receipt, (await _server.GetAsync($"/auto-fixes/{fix.Id}"))["receipt"].GetRawText());
        Assert.Equal(200, (await _server.ReportAsync(fix.Id, new { success = true })).Status); // it was applied all the same
    }

    [Fact]
    public async Task So_does_one_that_somebody_says_has_expired()
    {
        var fix = await _server.ProposeAsync(Some.Fix("proposer", "i"));
        var begun = await _server.BeginAsync(Council.On("lead", "b", "c") with { FixId = fix.Id });

        await _server.ChangeAsync(begun.Id, new { status = "expired" });

        Assert.Equal(FixState.Expired, (await _server.FixAsync(fix.Id)).Status);
    }

    [Theory]
    [InlineData("applied")]
    [InlineData("outcome")]
    public async Task What_was_said_about_the_fix_meanwhile_stands(string said)
    {
        var fix = await _server.ProposeAsync(Some.Fix("proposer", "i"));
        await _server.BeginAsync(Council.On("lead", "b", "c") with { FixId = fix.Id });
        _ = said == "applied" ? await _server.SetStatusAsync(fix.Id, new { status = "applied", by = "ci" }) : await _server.ReportAsync(fix.Id, new { success = false });
        var before = (await _server.FixAsync(fix.Id)).Status;

        _clock.Advance(TimeSpan.FromHours(24));
        await _server.SweepAsync(_clock.GetUtcNow());

        Assert.Equal(before, (await _server.FixAsync(fix.Id)).Status);
    }

    private Task<Collaboration> BeginAsync(int hours) => _server.BeginAsync(Council.On("lead", "b", "c", "d") with { Deadline = _clock.GetUtcNow().AddHours(hours) });
}
