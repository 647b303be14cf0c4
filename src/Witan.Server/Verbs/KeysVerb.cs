using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using Witan.Client;
using Witan.Server.Keys;
using Witan.Server.Platform.Auth;
using Witan.Server.Platform.Http;
using Witan.Server.Platform.RateLimiting;
using Witan.Server.Storage;

namespace Witan.Server.Verbs;

/// <summary><c>witan keys</c>: makes, lists, rotates and revokes keys, on the database itself; running servers follow within 5 seconds.</summary>
internal static class KeysVerb
{
    public static Command Command() => new("keys", """
        Make, list, rotate and revoke the keys of callers. Works on the database itself, also beside running servers, which follow
        within 5 seconds. Once a key was made, every call needs one.
          witan keys create --name ci --scope report --scope read
          witan keys rotate 5f0c1d2e3a4b
        """)
    {
        Create(), List(), Rotate(), Revoke(),
    };

    private static Command Create()
    {
        var command = new Command("create", """
            Make a key and print it, this once. Scopes: read, report, vote, replay, admin; none includes another.
              witan keys create --name ci --scope report --scope read
              witan keys create --name ops --scope admin --scope read --expires 90
            """);
        var name = new Option<string>("--name") { Description = "What it is for", Required = true };
        var scopes = new Option<string[]>("--scope") { Description = "What it permits; may be repeated", Required = true, AllowMultipleArgumentsPerToken = true };
        scopes.AcceptOnlyFromAmong([.. Words.All<KeyScope>()]);
        var plan = new Option<string?>("--plan") { Description = $"The plan that limits its requests (default: {KeyIntake.DefaultPlan})" };
        var days = new Option<int?>("--expires") { Description = "Days until it ends (default: never)" };
        days.Validators.Add(result => Limit(result, 36_500));
        foreach (var option in new Option[] { name, scopes, plan, days })
            command.Options.Add(option);
        return OnDatabase(command, async (parsed, rooms, json) =>
        {
            var expires = parsed.GetValue(days) is { } d ? rooms.GetRequiredService<TimeProvider>().GetUtcNow().AddDays(d) : (DateTimeOffset?)null;
            var request = new KeyRequest { Name = parsed.GetRequiredValue(name), Scopes = [.. parsed.GetRequiredValue(scopes).Select(Words.Parse<KeyScope>)], Plan = parsed.GetValue(plan), ExpiresAt = expires };
            var intake = rooms.GetRequiredService<KeyIntake>();
            if (intake.Objection(request, rooms.GetRequiredService<Plans>().Names) is { } objection)
                return DatabaseOptions.Fail(objection.Detail);
            return Print(await ByShellAsync(rooms, intake.Create, request, "key.create", null), json, "made");
        });
    }

    private static Command Rotate()
    {
        var command = new Command("rotate", """
            Give a key another secret and print it, this once. The secret of before is taken for a while too.
              witan keys rotate 5f0c1d2e3a4b --overlap 48
            """);
        var (id, hours) = (new Argument<string>("ID") { Description = "The id of the key, as witan keys list shows it" }, new Option<int?>("--overlap") { Description = "Hours for which the old secret is taken too (default: 24)" });
        hours.Validators.Add(result => Limit(result, 720));
        command.Arguments.Add(id);
        command.Options.Add(hours);
        return OnDatabase(command, async (parsed, rooms, json) =>
        {
            var intake = rooms.GetRequiredService<KeyIntake>();
            var rotation = new KeyRotation { PreviousUntil = parsed.GetValue(hours) is { } h ? rooms.GetRequiredService<TimeProvider>().GetUtcNow().AddHours(h) : null };
            if (intake.Objection(rotation) is { } objection)
                return DatabaseOptions.Fail(objection.Detail);
            return Print(await ByShellAsync(rooms, intake.Rotate, new(parsed.GetRequiredValue(id), rotation.PreviousUntil), "key.rotate", parsed.GetValue(id)), json, "rotated");
        });
    }

    private static Command Revoke()
    {
        var command = new Command("revoke", """
            Revoke a key for good.
              witan keys revoke 5f0c1d2e3a4b
            """);
        var id = new Argument<string>("ID") { Description = "The id of the key, as witan keys list shows it" };
        command.Arguments.Add(id);
        return OnDatabase(command, async (parsed, rooms, json) =>
            Print(await ByShellAsync(rooms, rooms.GetRequiredService<KeyIntake>().Revoke, new(parsed.GetRequiredValue(id)), "key.revoke", parsed.GetValue(id)), json, "revoked"));
    }

    private static Command List()
    {
        var command = new Command("list", """
            List the keys, newest first, without their secrets.
              witan keys list --json
            """);
        return OnDatabase(command, async (_, rooms, json) =>
        {
            var keys = await rooms.GetRequiredService<KeyStore>().AllAsync(CancellationToken.None);
            if (json)
                Console.WriteLine(JsonSerializer.Serialize(new KeyPage([.. keys.Select(key => key.ToInfo())], null), WitanJson.Default.KeyPage));
            else if (keys.Count == 0)
                Console.WriteLine("There is no key: Witan serves this machine only. Make one with: witan keys create --name me --scope read");
            foreach (var key in json ? [] : keys)
                Console.WriteLine($"{key.Id}  {key.Name,-20} {string.Join(',', key.Scopes),-26} {key.Plan,-8} made {Day(key.CreatedAt)}  used {Day(key.LastUsedAt)}{(key.RevokedAt is null ? "" : $"  revoked {Day(key.RevokedAt)}")}{(key.ExpiresAt is null ? "" : $"  ends {Day(key.ExpiresAt)}")}");
            return 0;
        });
    }

    private static Command OnDatabase(Command command, Func<ParseResult, IServiceProvider, bool, Task<int>> work)
    {
        var options = new DatabaseOptions(command);
        var json = new Option<bool>("--json") { Description = "Print the answer as JSON" };
        command.Options.Add(json);
        command.SetAction((parsed, cancel) => options.Read(parsed) is { } settings
            ? DatabaseOptions.WithRoomsAsync(settings, app => work(parsed, app.Services, parsed.GetValue(json)), cancel)
            : Task.FromResult(1));
        return command;
    }

    // With its entry in the audit log, in one transaction.
    private static Task<KeyResult> ByShellAsync<TIn>(IServiceProvider rooms, WriteOperation<TIn, KeyResult> operation, TIn input, string act, string? target)
    {
        var audit = rooms.GetRequiredService<AuditLog>();
        return rooms.GetRequiredService<WriteQueue>().RunAsync<TIn, KeyResult>(async (session, inputs) =>
        {
            var results = await operation(session, inputs);
            if (results[0].Problem is null)
                await audit.WriteAsync(session, "shell", act, target ?? results[0].Row!.Id);
            return results;
        }, input);
    }

    private static int Print(KeyResult result, bool json, string done)
    {
        if (result.Problem is { } problem)
            return DatabaseOptions.Fail(problem.Detail);
        if (json)
            Console.WriteLine(JsonSerializer.Serialize(new IssuedKey(result.Key, result.Row!.ToInfo()), WitanJson.Default.IssuedKey));
        else
            Console.WriteLine(result.Key is { } key ? $"{key}\nThe key {result.Row!.Id} was {done}. It is shown this once: keep it now." : $"The key {result.Row!.Id} is {done}.");
        return 0;
    }

    private static void Limit(OptionResult option, int most)
    {
        if (int.TryParse(option.Tokens is [{ Value: var text }] ? text : "", NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && (value < 0 || value > most))
            option.AddError($"{option.Option.Name}: expected a whole number from 0 to {most}, not {value}");
    }

    private static string Day(DateTimeOffset? time) => time?.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "never";
}
