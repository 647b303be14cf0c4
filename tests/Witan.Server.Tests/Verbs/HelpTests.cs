namespace Witan.Server.Tests.Verbs;

public sealed class HelpTests
{
    public static TheoryData<string> All => ["serve", "demo", "ask", "report", "import", "train", "evaluate", "migrate"];

    [Fact]
    public async Task The_help_of_the_root_names_every_verb_and_shows_how_to_begin()
    {
        using var witan = new WitanProcess();
        var run = await witan.RunAsync("--help");
        run.Succeeds();
        Assert.All(All, verb => Assert.Matches($@"(?m)^  {verb.Data}\b", run.Out));
        Assert.Contains(Description(run), line => line.StartsWith("    witan ", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task The_help_of_a_verb_holds_an_example(string verb)
    {
        using var witan = new WitanProcess();
        var run = await witan.RunAsync(verb, "--help");
        run.Succeeds();
        Assert.Contains(Description(run), line => line.StartsWith("    ", StringComparison.Ordinal) && line.Contains($"witan {verb}", StringComparison.Ordinal));
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

    // The lines above "Usage:".
    private static IEnumerable<string> Description(Run run) => run.Out.Split('\n').TakeWhile(line => !line.StartsWith("Usage:", StringComparison.Ordinal));
}
