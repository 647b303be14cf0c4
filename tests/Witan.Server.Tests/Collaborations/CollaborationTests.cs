using Witan.Client;

namespace Witan.Server.Tests.Collaborations;

/// <summary>A collaboration is begun and read.</summary>
public sealed class CollaborationTests(OneServer one) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task A_new_one_is_created_where_its_location_says()
    {
        var fix = await _server.ProposeAsync(Some.Fix("proposer"));
        var answer = await _server.PostAsync("/collaborations", new CollaborationRequest
        {
            Type = CollaborationType.Reviewing, Leader = "lead", Participants = ["b", "lead", "c", "b"], Goal = "Look at it", FixId = fix.Id, Quorum = 2, Deadline = OneServer.Start.AddHours(1),
        });

        Assert.Equal(201, answer.Status);
        Assert.Equal($"{Conversation.Prefix}/collaborations/{answer.Id}", answer.Location);
        Assert.Equal(answer.Text, (await _server.GetAsync(answer.Location!)).Text);
        var begun = answer.As<Collaboration>();
        Assert.Equal((CollaborationType.Reviewing, "lead", "Look at it", fix.Id, 2), (begun.Type, begun.Leader, begun.Goal, begun.FixId, begun.Quorum));
        Assert.Equal(["b", "c", "lead"], begun.Participants.Order());
        Assert.Equal((CollaborationState.Planning, 0, OneServer.Start, OneServer.Start.AddHours(1)), (begun.Status, begun.Progress, begun.CreatedAt, begun.Deadline));
        Assert.Equal("c", (await _server.AgentAsync("c")).Id);
    }

    [Fact]
    public async Task Without_a_quorum_and_a_deadline_it_has_3_and_24_hours()
    {
        var begun = await _server.BeginAsync(Council.On("defaults", "x"));

        Assert.Equal((3, OneServer.Start.AddHours(24)), (begun.Quorum, begun.Deadline));
    }

    [Fact]
    public async Task Every_item_has_an_outcome_key()
    {
        var answer = await _server.PostAsync("/collaborations", Council.On("keys", "x"));

        foreach (var name in new[] { "outcome", "decision", "fixId", "issue", "endedAt", "decidedAt" })
            Assert.Equal(System.Text.Json.JsonValueKind.Null, answer[name].ValueKind);
        var listed = (await _server.WalkAsync("/collaborations?leader=keys", "collaborations")).Single();
        Assert.Equal(answer.Text, listed.GetRawText());
    }

    [Fact]
    public async Task The_leader_takes_part_even_when_not_named()
    {
        var begun = await _server.BeginAsync(Council.On("silent-lead") with { Participants = ["x", "y"] });

        Assert.Equal(["silent-lead", "x", "y"], begun.Participants.Order());
    }

    [Fact]
    public async Task A_retry_with_the_same_key_begins_nothing_new()
    {
        var first = await _server.PostAsync("/collaborations", Council.On("keyed", "x"), "collaboration-key");
        var again = await _server.PostAsync("/collaborations", Council.On("keyed", "x"), "collaboration-key");

        Assert.Equal((201, first.Text, first.Location), (again.Status, again.Text, again.Location));
        Assert.Single(await _server.WalkAsync("/collaborations?leader=keyed", "collaborations"));
    }

    [Theory]
    [InlineData("type", "\"dancing\"")]
    [InlineData("type", "0")]
    [InlineData("type", "null")]
    [InlineData("leader", "\"\"")]
    [InlineData("leader", "\"a\\u0000\"")]
    [InlineData("participants", "[]")]
    [InlineData("participants", "null")]
    [InlineData("participants[0]", "[\" \"]")]
    [InlineData("participants[1]", "[\"a\",null]")]
    [InlineData("goal", "\"\"")]
    [InlineData("goal", "\"\\udc00\"")]
    [InlineData("fixId", "\"no-id\"")]
    [InlineData("fixId", "\"0198c0de-0000-7000-8000-000000000000\"")]
    [InlineData("quorum", "0")]
    [InlineData("quorum", "-3")]
    [InlineData("quorum", "2.5")]
    [InlineData("quorum", "\"3\"")]
    [InlineData("quorum", "2147483648")]
    [InlineData("deadline", "\"2026-11-23T10:00:00Z\"")]
    [InlineData("deadline", "\"2020-01-01T00:00:00Z\"")]
    [InlineData("deadline", "\"tomorrow\"")]
    [InlineData("status", "\"complete\"")]
    [InlineData("outcome", "\"success\"")]
    [InlineData("decision", "\"approved\"")]
    public async Task Bad_input_names_its_field_and_changes_nothing(string field, string value)
    {
        var parts = new Dictionary<string, string> { ["type"] = "\"fixing\"", ["leader"] = "\"nobody-yet\"", ["participants"] = "[\"nobody-either\"]", ["goal"] = "\"g\"" };
        parts[field.Split('[')[0]] = value;

        await _server.RefusedAsync(400, "validation_failed",
            () => _server.PostAsync("/collaborations", "{" + string.Join(',', parts.Select(p => $"\"{p.Key}\":{p.Value}")) + "}"), field);
    }

    [Theory]
    [InlineData("type")]
    [InlineData("leader")]
    [InlineData("participants")]
    [InlineData("goal")]
    public async Task What_is_required_is_required(string missing)
    {
        var parts = new Dictionary<string, object> { ["type"] = "fixing", ["leader"] = "nobody-yet", ["participants"] = new[] { "nobody-either" }, ["goal"] = "g" };
        parts.Remove(missing);
        await _server.RefusedAsync(400, "validation_failed", () => _server.PostAsync("/collaborations", (object)parts), missing);
    }

    [Fact]
    public async Task An_unknown_one_is_404()
    {
        const string path = "/collaborations/0198c0de-0000-7000-8000-000000000000";
        await _server.RefusedAsync(404, "not_found", () => _server.GetAsync(path));
        await _server.RefusedAsync(404, "not_found", () => _server.GetAsync(path + "/consensus"));
        await _server.RefusedAsync(404, "not_found", () => _server.PatchAsync(path, new { progress = 1 }));
        await _server.RefusedAsync(404, "not_found", () => _server.PostAsync(path + "/votes", new { voterId = "v", solution = "s", vote = "approve" }));
        await _server.RefusedAsync(404, "not_found", () => _server.GetAsync("/collaborations/no-id"));
    }
}
