using Witan.Client;
using Witan.Server.Storage;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.TwoNodes;

/// <summary>Sweeps are done by the one node that has the duties.</summary>
public sealed class DutiesTests : TwoNodes
{
    private static readonly TimeSpan Sweep = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_node_of_two_has_the_duties_and_the_other_takes_them_over_when_it_ends()
    {
        await using var third = Database.Of(First.Database);
        await using var fourth = Database.Of(First.Database);
        var (one, other) = (new Duties(third), new Duties(fourth));
        Assert.True(await one.AreMineAsync(Cancel));
        Assert.True(await one.AreMineAsync(Cancel));
        Assert.False(await other.AreMineAsync(Cancel));
        Assert.False(await First.Room<Duties>().AreMineAsync(Cancel));

        await one.DisposeAsync();

        while (!await other.AreMineAsync(Cancel)) // PostgreSQL notices a moment later that a connection has gone
            await Task.Yield();
        Assert.False(await Second.Room<Duties>().AreMineAsync(Cancel));
        await other.DisposeAsync();
    }

    [Fact]
    public async Task Nobody_sweeps_without_the_duties_and_with_them_a_collaboration_expires_once()
    {
        await using var elsewhere = Database.Of(First.Database);
        var held = await elsewhere.TryLockAsync(FleetLock.Duties, Cancel);
        Assert.NotNull(held);
        var fix = await First.ProposeAsync(Some.Fix("proposer", "issue"));
        var begun = await First.BeginAsync(Council.On("lead", "b", "c") with { FixId = fix.Id, Deadline = Clock.GetUtcNow().AddHours(1) });
        Clock.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 40; i++)
        {
            Clock.Advance(Sweep);
            Assert.Equal(CollaborationState.Planning, (await Node(i).CollaborationAsync(begun.Id)).Status);
        }
        var (writes, fixes) = (await VersionAsync("collaborations"), await VersionAsync("fixes"));

        await held.DisposeAsync();
        while ((await Second.CollaborationAsync(begun.Id)).Status != CollaborationState.Expired)
        {
            Cancel.ThrowIfCancellationRequested();
            Clock.Advance(Sweep);
        }
        for (var i = 0; i < 20; i++)
        {
            Clock.Advance(Sweep);
            await CatchUpAsync(Both);
        }

        Assert.Equal((writes + 1, fixes + 1), (await VersionAsync("collaborations"), await VersionAsync("fixes")));
        Assert.Equal((FixState.Expired, "vote"), (await First.FixAsync(fix.Id)) is var expired ? (expired.Status, expired.StatusBy) : default);
        var holders = await Task.WhenAll(Both.Select(node => node.Room<Duties>().AreMineAsync(Cancel)));
        Assert.Single(holders, mine => mine);
    }

    [Fact]
    public async Task The_duties_of_a_node_that_lost_its_connections_go_to_one_node_again()
    {
        var before = await Task.WhenAll(Both.Select(node => node.Room<Duties>().AreMineAsync(Cancel)));
        Assert.Single(before, mine => mine);

        await First.QueryAsync<long>("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");

        var after = await Task.WhenAll(Both.Select(node => node.Room<Duties>().AreMineAsync(Cancel)));
        Assert.Single(after, mine => mine);
    }

    private Task<long> VersionAsync(string kind) => First.QueryAsync<long>($"SELECT coalesce(max(version), 0) FROM changes WHERE kind = '{kind}'");
}
