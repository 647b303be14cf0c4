using Witan.Client;
using Witan.Server.Storage;
using Witan.Server.Tests.Collaborations;
using Witan.Server.Tests.Models;

namespace Witan.Server.Tests.TwoNodes;

/// <summary>A newer node expands the schema while an older one serves: the older one goes on as before.</summary>
public sealed class ExpandedSchemaTests : TwoNodes
{
    private static readonly string[] Tables = ["agents", "fixes", "receipts", "outcomes", "agent_records", "idempotency_keys", "models", "trainings", "learnings", "collaborations", "votes", "shadow_scores", "changes"];

    /// <summary>Columns that a newer version may add, as long as older ones write.</summary>
    [Fact]
    public async Task An_older_node_works_on()
    {
        await UseEverythingAsync(First, 0); // so that its statements are prepared, and its staging tables are there

        foreach (var table in Tables)
            await First.ExecuteAsync($"ALTER TABLE {table} ADD COLUMN note text, ADD COLUMN grade integer NOT NULL DEFAULT 7, ADD COLUMN noted_at timestamptz NOT NULL DEFAULT now()");
        await First.ExecuteAsync("CREATE TABLE plans (id uuid PRIMARY KEY, fix_id uuid REFERENCES fixes (id), body jsonb)");
        await First.ExecuteAsync("CREATE INDEX CONCURRENTLY fixes_by_note ON fixes (note)");
        await First.ExecuteAsync($"INSERT INTO {Migrations.Journal} (scriptname, applied) VALUES ('Witan.Server.Storage.Migrations.postgres.9999_plans.sql', now())");

        await UseEverythingAsync(First, 1);
        await UseEverythingAsync(Second, 2); // whose connections are new to these tables
    }

    /// <summary>An older node that starts then does not write what it does not know.</summary>
    [Fact]
    public async Task An_older_node_does_not_start_on_it()
    {
        await First.ExecuteAsync($"INSERT INTO {Migrations.Journal} (scriptname, applied) VALUES ('Witan.Server.Storage.Migrations.postgres.9999_plans.sql', now())");

        var fault = await Assert.ThrowsAsync<StorageFault>(AnotherAsync);

        Assert.Contains("newer version of Witan", fault.Message, StringComparison.Ordinal);
    }

    private async Task UseEverythingAsync(WitanServer node, int round)
    {
        for (var i = 0; i < 3; i++)
        {
            var fix = await node.ProposeAsync(Some.Fix($"agent-{round}", $"issue-{round}") with { ExternalId = $"{round}-{i}" });
            Assert.Equal(200, (await node.ReportAsync(fix.Id, new { success = true }, $"end-{round}-{i}")).Status);
            Assert.Equal(round, (await node.FixAsync(fix.Id)).AgentId[^1] - '0');
            await node.LearnAsync(Council.Lesson($"pattern-{round}-{i}"));
            Assert.Equal(200, (await node.ApplyAsync($"pattern-{round}-{i}", new { fixId = fix.Id, success = true })).Status);
            var begun = await node.BeginAsync(Council.On("lead", "b", "c") with { FixId = (await node.ProposeAsync(Some.Fix("proposer"))).Id });
            await node.CastAsync(begun.Id, "b", "approve");
            await node.CastAsync(begun.Id, "b", "reject");
            foreach (var list in new[] { "/auto-fixes", "/agents", "/learnings", "/collaborations", "/votes", "/models", "/models/trainings", "/stats", "/stats/fixes", "/stats/timeline", $"/agents/agent-{round}" })
                Assert.Equal(200, (await node.GetAsync(list)).Status);
        }
        await node.TeachAsync(SimulatedFleet.Reports(450, seed: 5 + round).Select((report, line) => report with { ExternalId = $"{round}-{line}" })); // many enough for COPY
        await node.TeachAsync(Enumerable.Range(0, 1_200).Select(agent => Some.Success($"agent-{round}-{agent}"))); // and rows that may be there already
        await node.TrainAsync();
        Assert.Equal(200, (await node.PostAsync("/stats/refresh", null)).Status);
        Assert.Equal(200, (await node.SendAsync(new(HttpMethod.Get, "/health/ready"))).Status);
    }
}
