using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Verbs;

/// <summary><c>witan experiment NAME</c>: what an experiment on a running server has come to, or how it is to run.</summary>
internal static class ExperimentVerb
{
    private static readonly (string Title, int Width, Func<ExperimentArm, string> Cell)[] Columns =
    [
        ("arm", -16, a => a.Arm), ("scored", 9, a => Count(a.Scored)), ("outcomes", 10, a => Count(a.Outcomes)), ("Brier", 9, a => Figure(a.Brier)),
        ("log loss", 10, a => Figure(a.LogLoss)), ("served", 9, a => Count(a.Served)), ("outcomes", 10, a => Count(a.ServedOutcomes)),
        ("success", 9, a => Figure(a.ServedSuccessRate)), ("auto-applied", 14, a => Count(a.AutoApplied)), ("success", 9, a => Figure(a.AutoAppliedSuccessRate)),
    ];

    public static Command Command()
    {
        var command = new Command("experiment", """
            Compare two ways to score, named first-vs-second, on the same fixes. The arms are ml (whatever champion answers),
            heuristic, track-record and the versions of models. Both score in shadow, so looking changes nothing, and one may
            look as often as one likes. With --live the second arm answers a share of the fixes; --shadow ends that.
              witan experiment ml-vs-heuristic
              witan experiment ml-vs-heuristic --live 0.1
              witan experiment ml-vs-heuristic --shadow
            """);
        var name = new Argument<string>("NAME") { Description = "first-vs-second, for example ml-vs-heuristic" };
        var live = new Option<double?>("--live") { Description = "Have the second arm answer this share of the fixes, more than 0 and less than 1" };
        var shadow = new Option<bool>("--shadow") { Description = "Have the champion answer every fix again" };
        command.Arguments.Add(name);
        command.Options.Add(live);
        command.Options.Add(shadow);
        var options = new ClientOptions(command);
        command.SetAction((parsed, cancel) => parsed.GetValue(live) is not null && parsed.GetValue(shadow)
            ? Task.FromResult(DatabaseOptions.Fail("--live and --shadow exclude each other; give one of them"))
            : options.RunAsync(parsed, async client =>
            {
                var experiment = await AskAsync(client, parsed.GetRequiredValue(name), parsed.GetValue(live), parsed.GetValue(shadow), cancel);
                if (parsed.GetValue(options.Json))
                    Console.WriteLine(JsonSerializer.Serialize(experiment, WitanJson.Default.Experiment));
                else
                    Print(experiment, Console.Out);
                return 0;
            }));
        return command;
    }

    private static Task<Experiment> AskAsync(WitanClient client, string name, double? live, bool shadow, CancellationToken cancel) => (live, shadow) switch
    {
        ({ } share, _) => client.ChangeExperimentAsync(name, new() { Mode = ExperimentMode.Live, Share = share }, cancel),
        (_, true) => client.ChangeExperimentAsync(name, new() { Mode = ExperimentMode.Shadow }, cancel),
        _ => client.GetExperimentAsync(name, cancel),
    };

    private static void Print(Experiment experiment, TextWriter output)
    {
        var since = experiment.Since is { } time ? $" since {WitanTime.Format(time)}" : "";
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{experiment.Name}: {(experiment.Share is { } share ? $"live, share {share}" : "shadow")}{since}"));
        output.WriteLine(Line(column => column.Title));
        foreach (var arm in experiment.Arms)
            output.WriteLine(Line(column => column.Cell(arm)));
        output.WriteLine(experiment.Explanation);
    }

    private static string Line(Func<(string Title, int Width, Func<ExperimentArm, string> Cell), string> cell) =>
        string.Concat(Columns.Select(column => column.Width < 0 ? cell(column).PadRight(-column.Width) : cell(column).PadLeft(column.Width))).TrimEnd();

    private static string Count(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Figure(double? value) => value is { } number ? number.ToString("0.0000", CultureInfo.InvariantCulture) : "-";
}
