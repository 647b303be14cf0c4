namespace Witan.Server.Tests.Verbs;

public sealed class MigrateTests
{
    [Fact]
    public async Task A_fresh_database_is_migrated_and_then_up_to_date()
    {
        using var witan = new WitanProcess();
        var first = await witan.RunAsync("migrate");
        first.Succeeds();
        Assert.Contains("0001_fixes.sql", first.Out, StringComparison.Ordinal);

        var again = await witan.RunAsync("migrate");
        again.Succeeds();
        Assert.Contains("up to date", again.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folders_that_are_missing_are_made()
    {
        using var witan = new WitanProcess();
        (await witan.RunAsync("migrate", "--database", "a/b/c.db")).Succeeds();
        Assert.True(File.Exists(witan.PathOf("a/b/c.db")));
    }
}
