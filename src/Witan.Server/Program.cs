using System.CommandLine;
using Witan.Server;
using Witan.Server.Verbs;

var root = new RootCommand("""
    Witan: ask before applying a fix, report how it ended, and get a calibrated probability for the next one.
      witan demo                                          see it at work on real outcomes
      witan serve                                         serve your own fleet
      witan ask --agent claude-code --strategy code_patch may this fix be applied?
    """)
{
    ServeVerb.Command(),
    DemoVerb.Command(),
    AskVerb.Command(),
    ReportVerb.Command(),
    ListVerb.Command(),
    ShowVerb.Command(),
    ImportVerb.Command(),
    ExportVerb.Command(),
    TrainVerb.Command(),
    EvaluateVerb.Command(),
    ImportanceVerb.Command(),
    PromoteVerb.Command(),
    ExperimentVerb.Command(),
    MigrateVerb.Command(),
    BackupVerb.Command(),
    RefreshVerb.Command(),
    KeysVerb.Command(),
};
foreach (var command in CouncilVerbs.Commands().Concat(StatsVerbs.Commands()))
    root.Subcommands.Add(command);
ServeVerb.MakeDefaultOf(root);
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) + Settings.LongestDrain });
