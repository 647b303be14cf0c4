using System.CommandLine;
using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Verbs;

/// <summary><c>witan report ID</c>: how a fix ended, for shell scripts and CI.</summary>
internal static class ReportVerb
{
    private static readonly Argument<Guid> Id = new("ID") { Description = "The fix, as ask printed it" };
    private static readonly Option<bool> Success = new("--success") { Description = "It worked" };
    private static readonly Option<bool> Failure = new("--failure") { Description = "It did not work" };
    private static readonly Option<bool> RolledBack = new("--rolled-back") { Description = "It worked and was taken back" };
    private static readonly Option<bool> Applied = new("--applied") { Description = "It was applied; the outcome comes later" };
    private static readonly Option<bool> Rejected = new("--rejected") { Description = "It was refused and will have no outcome" };
    private static readonly Option<long?> Duration = new("--duration-ms") { Description = "How long it took" };
    private static readonly Option<string?> Error = new("--error") { Description = "What went wrong" };
    private static readonly Option<string?> By = new("--by") { Description = "Who applied or rejected it (default: the user's name)" };
    private static readonly Option<string?> Reason = new("--reason") { Description = "Why it was applied or rejected" };

    public static Command Command()
    {
        var command = new Command("report", """
            Tell a running server what became of a fix; exactly one of --success, --failure, --rolled-back, --applied, --rejected.
            The same report twice changes nothing. Exit code: 0 stored, 1 error.
              witan report 0198c0de-0000-7000-8000-000000000000 --failure --duration-ms 41000 --error "3 tests failed"
            """);
        command.Arguments.Add(Id);
        var options = new ClientOptions(command);
        foreach (var option in new Option[] { Success, Failure, RolledBack, Applied, Rejected, Duration, Error, By, Reason })
            command.Options.Add(option);
        command.Validators.Add(result =>
        {
            if (new[] { Success, Failure, RolledBack, Applied, Rejected }.Count(result.GetValue) != 1)
                result.AddError("Say exactly one of --success, --failure, --rolled-back, --applied and --rejected.");
        });
        command.SetAction((parsed, cancel) => options.RunAsync(parsed, async client =>
        {
            var fix = await SendAsync(client, parsed, cancel);
            Console.WriteLine(parsed.GetValue(options.Json)
                ? JsonSerializer.Serialize(fix, WitanJson.Default.AutoFix)
                : $"{fix.Id} is {JsonNamingPolicy.SnakeCaseLower.ConvertName(fix.Status.ToString())}");
            return 0;
        }));
        return command;
    }

    private static Task<AutoFix> SendAsync(WitanClient client, ParseResult parsed, CancellationToken cancel)
    {
        var id = parsed.GetRequiredValue(Id);
        if (parsed.GetValue(Applied) || parsed.GetValue(Rejected))
            return client.ReportStatusAsync(id, new()
            {
                Status = parsed.GetValue(Applied) ? FixState.Applied : FixState.Rejected,
                By = parsed.GetValue(By) ?? Environment.UserName,
                Reason = parsed.GetValue(Reason),
            }, cancel);
        return client.ReportOutcomeAsync(id, new()
        {
            Success = parsed.GetValue(RolledBack) ? null : parsed.GetValue(Success),
            RolledBack = parsed.GetValue(RolledBack) ? true : null,
            DurationMs = parsed.GetValue(Duration),
            ErrorMessage = parsed.GetValue(Error),
        }, cancel);
    }
}
