using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Witan.Client;

namespace Witan.Server.Tests;

/// <summary>What holds of a backup on either engine, taken while others write.</summary>
internal static class BackupUnderLoad
{
    // Everything in it belongs together: no part is of another moment than the rest.
    private static readonly (string Complaint, string Sql)[] Contradictions =
    [
        ("fixes that the log of outcomes does not bear out", """
            SELECT count(*) FROM fixes f LEFT JOIN outcomes o ON o.fix_id = f.id AND o.kind = 'outcome'
            WHERE (f.success IS NULL) <> (o.seq IS NULL) OR f.success <> o.success OR f.completed_at <> o.occurred_at
            """),
        ("outcomes without their fix", "SELECT count(*) FROM outcomes WHERE fix_id NOT IN (SELECT id FROM fixes)"),
        ("decisions without their receipt", "SELECT count(*) FROM fixes LEFT JOIN receipts ON fix_id = id WHERE (decision IS NULL) <> (fix_id IS NULL)"),
        ("records of agents that the log does not bear out", """
            SELECT count(*) FROM agent_records r WHERE scope = 'overall'
                AND outcomes <> (SELECT count(*) FROM outcomes o JOIN fixes f ON f.id = o.fix_id WHERE f.agent_id = r.agent_id)
            """),
    ];

    /// <summary>Takes a backup in the middle of writes, restores it, and holds the copy against what the original had acknowledged and how it judged.</summary>
    /// <param name="original">A server on an empty database.</param>
    /// <param name="clock">Its clock, and that of the copy.</param>
    /// <param name="backUp">Takes the backup. It must call what it is given when the backup has its moment and is not complete, and wait for it.</param>
    /// <param name="restore">Starts a server on what was restored.</param>
    public static async Task HoldsAsync(WitanServer original, FakeTimeProvider clock, Func<Func<Task>, Task> backUp, Func<Task<WitanServer>> restore)
    {
        await original.TeachAsync("calm", 9, 4);
        await original.TeachAsync(Enumerable.Range(0, 300).Select(_ => Some.Failure("wordy") with { Error = new string('x', 10_000) })); // so that copying takes more than one step
        await using var writers = new BusyWriters(original.Url);
        await writers.AcknowledgeAsync(150);
        var moment = default(DateTimeOffset);
        await writers.WhileTheyPauseAsync(() =>
        {
            // Between what was written before and what is written after, so that both servers can be asked as of then.
            clock.Advance(TimeSpan.FromMinutes(1));
            moment = clock.GetUtcNow();
            clock.Advance(TimeSpan.FromMinutes(1));
        });
        await writers.AcknowledgeAsync(50);

        var before = writers.Acknowledged;
        var midway = 0;
        await backUp(async () =>
        {
            await writers.AcknowledgeAsync(100);
            midway++;
        });
        Assert.Equal(1, midway);
        await writers.StopAsync();

        await using var copy = await restore();
        Assert.InRange(before.Count, 200, int.MaxValue);
        Assert.Empty(await before.MissingFromAsync(copy.Client));
        foreach (var (complaint, sql) in Contradictions)
            Assert.True(await copy.QueryAsync<long>(sql) == 0, complaint);

        clock.Advance(TimeSpan.FromHours(1));
        foreach (var agent in BusyWriters.Agents.Append("calm"))
        {
            var question = Some.Fix(agent, "issue-7") with { Domain = "backend", ProposedAt = moment };
            var answer = await original.AskAsync(question);
            Assert.NotEqual("none", answer.Scorer);
            Assert.Equal(Json(answer), Json(await copy.AskAsync(question)));
        }
        Assert.Equal(13, (await copy.AgentAsync("calm")).Overall.N);
        Assert.Equal((await original.GetAsync("/agents/calm")).Text, (await copy.GetAsync("/agents/calm")).Text);

        // And its life goes on.
        var fix = await copy.ProposeAsync(Some.Fix("calm"));
        Assert.Equal(200, (await copy.ReportAsync(fix.Id, new { success = true })).Status);
        Assert.Equal(14, (await copy.AgentAsync("calm")).Overall.N);
    }

    private static string Json(FixAnswer answer) => JsonSerializer.Serialize(answer, WitanJson.Default.FixAnswer);
}
