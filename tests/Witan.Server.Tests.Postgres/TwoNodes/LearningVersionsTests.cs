using Witan.Server.Learnings;
using Witan.Server.Storage;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.TwoNodes;

/// <summary>A node takes in what others changed of the learnings, and not all of them for each of their writes.</summary>
public sealed class LearningVersionsTests : TwoNodes
{
    [Fact]
    public async Task Only_what_changed_is_read_with_all_of_its_issues()
    {
        foreach (var pattern in (string[])["used", "idle"])
            await First.LearnAsync(Council.Lesson(pattern));
        foreach (var issue in (string[])["before", "between"])
            await UseAsync("used", issue);
        var since = await VersionAsync();

        var fix = await UseAsync("used", "after");
        Assert.Equal(["used"], (await ChangedAsync(since)).Patterns);
        Assert.Equal(["after", "before", "between"], (await ChangedAsync(since)).Issues);

        since = await VersionAsync();
        Assert.Empty((await ChangedAsync(since)).Patterns);
        await First.ReportAsync(fix, new { success = true }, "end"); // moves the learning too
        Assert.Equal(["used"], (await ChangedAsync(since)).Patterns);
        Assert.Equal(["idle", "used"], (await ChangedAsync(null)).Patterns);
    }

    [Fact]
    public async Task What_a_node_of_an_older_version_writes_is_counted_too()
    {
        await First.LearnAsync(Council.Lesson("old"));
        var since = await VersionAsync();

        await First.ExecuteAsync("UPDATE learnings SET times_applied = 7 WHERE pattern = 'old'; UPDATE changes SET version = version + 1 WHERE kind = 'learnings'");

        Assert.Equal(["old"], (await ChangedAsync(since)).Patterns);
        await CatchUpAsync(Second);
        Assert.Equal(7, (await Second.LearningAsync("old")).TimesApplied);
    }

    private async Task<Guid> UseAsync(string pattern, string issue)
    {
        var fix = await First.ProposeAsync(Some.Fix("user", issue));
        Assert.Equal(200, (await First.ApplyAsync(pattern, new { fixId = fix.Id })).Status);
        return fix.Id!.Value;
    }

    private Task<long> VersionAsync() => InTransactionAsync(session => Task.FromResult(session.VersionOf(Change.Learnings)));

    private Task<(string[] Patterns, string[] Issues)> ChangedAsync(long? since) => InTransactionAsync(async session =>
    {
        var (learnings, issues) = await Second.Room<LearningStore>().ChangedAsync(session, since);
        return (learnings.Select(row => row.Pattern).Order().ToArray(), issues["used"].Order().ToArray());
    });

    private Task<T> InTransactionAsync<T>(Func<WriteSession, Task<T>> look) =>
        Second.Room<WriteQueue>().RunAsync<int, T>(async (session, _) => [await look(session)], 0);
}
