namespace Witan.Server.Tests.Verbs;

public sealed class HelpTests
{
    [Fact]
    public async Task The_help_of_the_root_names_every_verb_and_shows_how_to_begin()
    {
        using var witan = new WitanProcess();
        var run = await witan.RunAsync("--help");
        run.Succeeds();
        Assert.Superset(new HashSet<string> { "serve", "demo", "ask", "report", "import", "train", "evaluate", "importance", "promote", "migrate", "backup" }, VerbsOf(run).ToHashSet());
        Assert.Contains(Description(run), line => line.StartsWith("    witan ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_help_of_every_verb_holds_an_example()
    {
        using var witan = new WitanProcess();
        var without = new List<string>();
        foreach (var verb in VerbsOf(await witan.RunAsync("--help")))
        {
            var run = await witan.RunAsync(verb, "--help");
            run.Succeeds();
            if (!Description(run).Any(line => line.StartsWith("    ", StringComparison.Ordinal) && line.Contains($"witan {verb}", StringComparison.Ordinal)))
                without.Add(verb);
        }
        Assert.Empty(without);
    }

    [Fact]
    public async Task The_version_is_one_line()
    {
        using var witan = new WitanProcess();
        var run = await witan.RunAsync("--version");
        run.Succeeds();
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\n$", run.Out);
    }

    [Theory]
    [InlineData("conjure", "conjure")]
    [InlineData("serve --wings", "--wings")]
    [InlineData("import", "import")]
    [InlineData("ask --agent a", "--strategy")]
    [InlineData("ask --agent a --strategy s --files two", "two")]
    [InlineData("report not-an-id --success", "not-an-id")]
    public async Task What_is_not_understood_is_an_error(string arguments, string named)
    {
        using var witan = new WitanProcess();
        var run = await witan.RunAsync(arguments.Split(' '));
        run.FailsWith(named);
        Assert.False(File.Exists(witan.Database));
    }

    private static IEnumerable<string> VerbsOf(Run root) => root.Out.Split('\n').SkipWhile(line => line != "Commands:").Skip(1)
        .Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line.Length > 2 && line[2] != ' ').Select(line => line.Trim().Split(' ')[0]);

    // The lines above "Usage:".
    private static IEnumerable<string> Description(Run run) => run.Out.Split('\n').TakeWhile(line => !line.StartsWith("Usage:", StringComparison.Ordinal));
}
