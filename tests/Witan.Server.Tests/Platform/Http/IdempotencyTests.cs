using Witan.Client;

namespace Witan.Server.Tests.Platform.Http;

/// <summary>A POST with an Idempotency-Key has one effect and one answer.</summary>
public sealed class IdempotencyTests(OneServer one) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task The_same_body_again_gets_the_same_bytes()
    {
        var first = await _server.PostAsync("/auto-fixes", Some.Fix("repeats"), "repeat-1");
        await _server.TeachAsync("repeats", successes: 0, failures: 9);

        var second = await _server.PostAsync("/auto-fixes", Some.Fix("repeats"), "repeat-1");

        Assert.Equal((201, 201), (first.Status, second.Status));
        Assert.Equal(first.Bytes, second.Bytes);
        Assert.Equal(first.Location, second.Location);
        Assert.NotNull(second.Location);
        Assert.Equal(first.ContentHeaders.ContentType, second.ContentHeaders.ContentType);
        Assert.Equal(10, (await _server.WalkAsync("/auto-fixes?agentId=repeats", "autoFixes")).Count);
    }

    [Fact]
    public async Task Another_body_is_refused()
    {
        await _server.PostAsync("/auto-fixes", Some.Fix("other-body"), "other-1");

        var answer = await _server.PostAsync("/auto-fixes", Some.Fix("other-body", "issue"), "other-1");

        Assert.Equal(422, answer.Status);
        Assert.Equal("idempotency_key_reused", answer.Code);
        Assert.Single(await _server.WalkAsync("/auto-fixes?agentId=other-body", "autoFixes"));
    }

    [Fact]
    public async Task Another_route_and_another_fix_are_independent()
    {
        var ids = new[] { await _server.PostAsync("/auto-fixes", Some.Fix("routes"), "shared"), await _server.PostAsync("/auto-fixes", Some.Fix("routes"), "shared-2") };

        foreach (var fix in ids)
        {
            Assert.Equal(200, (await _server.SetStatusAsync(fix.Id, """{"status":"applied","by":"ci"}""", "shared")).Status);
            Assert.Equal(200, (await _server.ReportAsync(fix.Id, """{"success":true}""", "shared")).Status);
        }
        Assert.Equal(200, (await _server.PostBatchAsync([Some.Fix("routes")], "shared")).Status);
        Assert.Equal(3, (await _server.WalkAsync("/auto-fixes?agentId=routes", "autoFixes")).Count);
    }

    [Fact]
    public async Task An_outcome_sent_again_gets_its_first_answer_even_after_a_rollback()
    {
        var id = (await _server.ProposeAsync(Some.Fix("ends"))).Id;
        var first = await _server.ReportAsync(id, """{"success":true}""", "end-1");
        await _server.ReportAsync(id, """{"rolledBack":true}""", "end-2");

        var again = await _server.ReportAsync(id, """{"success":true}""", "end-1");

        Assert.Equal((200, first.Text), (again.Status, again.Text));
        Assert.Equal(FixState.RolledBack, (await _server.FixAsync(id)).Status);
    }

    [Fact]
    public async Task Thirty_two_at_once_have_one_effect_and_one_answer()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => _server.PostAsync("/auto-fixes", Some.Fix("at-once"), "at-once")));

        Assert.All(answers, a => Assert.Equal(201, a.Status));
        Assert.Single(answers.Select(a => (a.Text, a.Location)).Distinct());
        Assert.Single(await _server.WalkAsync("/auto-fixes?agentId=at-once", "autoFixes"));
    }

    [Fact]
    public async Task A_batch_with_a_key_is_stored_once_with_all_its_results()
    {
        var lines = Enumerable.Range(0, 20).Select(object (i) => i == 7 ? "{}" : Some.Success("batches")).ToList();
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => _server.PostBatchAsync(lines, "batch-1")));

        Assert.All(answers, a => Assert.Equal(200, a.Status));
        Assert.Single(answers.Select(a => a.Text).Distinct());
        Assert.Equal(19, (await _server.AgentAsync("batches")).Overall.N);
        Assert.Equal(422, (await _server.PostBatchAsync(lines.Skip(1), "batch-1")).Status);
    }

    [Fact]
    public async Task A_failure_is_not_kept()
    {
        var id = (await _server.ProposeAsync(Some.Fix("fails"))).Id;
        await _server.ReportAsync(id, """{"success":false}""");
        Assert.Equal(409, (await _server.ReportAsync(id, """{"success":true}""", "failure-1")).Status);

        Assert.Equal(409, (await _server.ReportAsync(id, """{"success":true}""", "failure-1")).Status);
        Assert.Equal(200, (await _server.ReportAsync(id, """{"success":false}""", "failure-1")).Status);
    }

    [Fact]
    public async Task A_failure_gone_by_is_tried_again_under_the_same_key()
    {
        Assert.Equal(404, (await _server.PostAsync("/models/model-x/promote", null, "promote-1")).Status);
        await _server.ExecuteAsync("INSERT INTO models (version, kind, status, outcomes) VALUES ('model-x', 'heuristic', 'candidate', 0)");

        Assert.Equal(200, (await _server.PostAsync("/models/model-x/promote", null, "promote-1")).Status);
        Assert.Equal(200, (await _server.PostAsync("/models/track-record/promote", null)).Status);
    }

    [Fact]
    public async Task A_training_is_started_once_per_key()
    {
        await using var server = await WitanServer.StartAsync();
        var first = await server.PostAsync("/models/train", "{}", "train-1");
        await server.EndOfTrainingAsync(first.Location!);

        var again = await server.PostAsync("/models/train", "{}", "train-1");
        var another = await server.PostAsync("/models/train", "{}", "train-2");

        Assert.Equal((202, first.Text, first.Location), (again.Status, again.Text, again.Location));
        Assert.Equal(202, another.Status);
        Assert.NotEqual(first.Location, another.Location);
        await server.EndOfTrainingAsync(another.Location!);
    }

    [Fact]
    public async Task A_key_is_forgotten_after_24_hours()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(OneServer.Start);
        await using var server = await WitanServer.StartAsync(clock);
        var first = await server.PostAsync("/auto-fixes", Some.Fix("forgets"), "day");
        clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        Assert.Equal(first.Text, (await server.PostAsync("/auto-fixes", Some.Fix("forgets"), "day")).Text);

        clock.Advance(TimeSpan.FromSeconds(2));
        var later = await server.PostAsync("/auto-fixes", Some.Fix("forgets", "another body"), "day");

        Assert.Equal(201, later.Status);
        Assert.NotEqual(first.Id, later.Id);
    }

    [Theory]
    [InlineData(255, 201)]
    [InlineData(256, 400)]
    public async Task A_key_has_at_most_255_characters(int length, int status)
    {
        var answer = await _server.PostAsync("/auto-fixes", Some.Fix("long"), new string('k', length));

        Assert.Equal(status, answer.Status);
        if (status == 400)
            Assert.Equal("Idempotency-Key", answer["errors"][0].GetProperty("field").GetString());
    }
}
