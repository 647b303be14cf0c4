using Witan.Client;

namespace Witan.Server.Tests.Collaborations;

/// <summary>planning, executing, testing, complete; cancelled or expired from any open state.</summary>
public sealed class LifeTests(OneServer one) : IClassFixture<OneServer>
{
    private static readonly string[] States = ["planning", "executing", "testing", "complete", "cancelled", "expired"];

    private readonly WitanServer _server = one.Server;

    public static TheoryData<string, string, bool> Moves()
    {
        var data = new TheoryData<string, string, bool>();
        foreach (var from in States)
        {
            foreach (var to in States.Where(to => to != from))
            {
                var open = from is "planning" or "executing" or "testing";
                data.Add(from, to, open && (to is "cancelled" or "expired" || Array.IndexOf(States, to) == Array.IndexOf(States, from) + 1));
            }
        }
        return data;
    }

    [Theory]
    [MemberData(nameof(Moves))]
    public async Task Only_legal_moves_are_made(string from, string to, bool legal)
    {
        var id = await InAsync(from);
        if (legal)
        {
            var answer = await _server.ChangeAsync(id, new { status = to });
            Assert.Equal((200, to), (answer.Status, answer["status"].GetString()));
            Assert.Equal(to is "complete" or "cancelled" or "expired", answer.As<Collaboration>().EndedAt == OneServer.Start);
            Assert.Equal(answer.Text, (await _server.GetAsync($"/collaborations/{id}")).Text);
        }
        else
        {
            var answer = await _server.RefusedAsync(409, from is "planning" or "executing" or "testing" ? "illegal_transition" : "collaboration_closed", () => _server.ChangeAsync(id, new { status = to }));
            Assert.Contains(from, answer["detail"].GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("planning")]
    [InlineData("testing")]
    [InlineData("complete")]
    [InlineData("expired")]
    public async Task The_same_state_again_changes_nothing(string state)
    {
        var id = await InAsync(state);
        var before = await _server.AllRowsAsync();

        Assert.Equal(200, (await _server.ChangeAsync(id, new { status = state })).Status);
        Assert.Equal(before, await _server.AllRowsAsync());
    }

    [Fact]
    public async Task Progress_never_falls()
    {
        var id = (await _server.BeginAsync(Council.On("progress", "x"))).Id;
        Assert.Equal(40, (await _server.ChangeAsync(id, new { progress = 40 })).As<Collaboration>().Progress);
        Assert.Equal(40, (await _server.ChangeAsync(id, new { progress = 40, status = "executing" })).As<Collaboration>().Progress);
        Assert.Equal(41, (await _server.ChangeAsync(id, new { progress = 41 })).As<Collaboration>().Progress);

        await _server.RefusedAsync(409, "progress_falls", () => _server.ChangeAsync(id, new { progress = 40 }));
        await _server.RefusedAsync(409, "progress_falls", () => _server.ChangeAsync(id, new { progress = 0, status = "testing" }));
        await _server.RefusedAsync(409, "progress_falls", () => _server.ChangeAsync(id, new { progress = 3, status = "cancelled" }));
    }

    [Fact]
    public async Task What_is_complete_is_at_100()
    {
        var id = await InAsync("testing");

        var done = (await _server.ChangeAsync(id, new { status = "complete", outcome = "partial" })).As<Collaboration>();
        Assert.Equal((100, CollaborationOutcome.Partial, OneServer.Start), (done.Progress, done.Outcome!.Value, done.EndedAt!.Value));
    }

    [Theory]
    [InlineData("planning", "executing")]
    [InlineData("executing", null)]
    [InlineData("testing", "cancelled")]
    [InlineData("testing", "expired")]
    public async Task An_outcome_comes_only_with_completion(string from, string? to)
    {
        var id = await InAsync(from);
        await _server.RefusedAsync(409, "outcome_too_early", () => _server.ChangeAsync(id, to is null ? new { outcome = "success" } : new { outcome = "success", status = to }));
    }

    [Fact]
    public async Task What_is_closed_does_not_change()
    {
        var id = await InAsync("complete");

        foreach (var change in new object[] { new { outcome = "failure" }, new { progress = 99 }, new { status = "cancelled" } })
            await _server.RefusedAsync(409, "collaboration_closed", () => _server.ChangeAsync(id, change));
    }

    [Theory]
    [InlineData("{}", null)]
    [InlineData("""{"status":"done"}""", "status")]
    [InlineData("""{"status":3}""", "status")]
    [InlineData("""{"progress":-1}""", "progress")]
    [InlineData("""{"progress":101}""", "progress")]
    [InlineData("""{"progress":1.5}""", "progress")]
    [InlineData("""{"progress":"50"}""", "progress")]
    [InlineData("""{"outcome":"great"}""", "outcome")]
    [InlineData("""{"decision":"approved"}""", "decision")]
    [InlineData("""{"leader":"me"}""", "leader")]
    [InlineData("""{"quorum":2}""", "quorum")]
    [InlineData("""{"progress":1,"progress":2}""", "progress")]
    [InlineData("[]", null)]
    [InlineData("{", null)]
    [InlineData("", null)]
    public async Task A_bad_change_names_its_field_and_changes_nothing(string body, string? field)
    {
        var id = await InAsync("planning");
        await _server.RefusedAsync(400, "validation_failed", () => _server.ChangeAsync(id, body), field);
    }

    [Fact]
    public async Task Of_the_same_step_at_once_all_agree()
    {
        var id = await InAsync("planning");

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => _server.ChangeAsync(id, i % 2 == 0 ? new { status = "executing" } : new { status = "cancelled" })));

        Assert.All(answers, a => Assert.True(a.Status is 200 or 409, a.Text));
        var now = await _server.CollaborationAsync(id);
        Assert.Equal(CollaborationState.Cancelled, now.Status); // legal before and after the step
    }

    private async Task<Guid> InAsync(string state)
    {
        var id = (await _server.BeginAsync(Council.On("lives", "x"))).Id;
        var path = state is "cancelled" or "expired" ? [state] : States[1..(Array.IndexOf(States, state) + 1)];
        foreach (var step in path)
            Assert.Equal(200, (await _server.ChangeAsync(id, new { status = step })).Status);
        return id;
    }
}
