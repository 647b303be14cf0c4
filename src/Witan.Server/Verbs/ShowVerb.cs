using System.CommandLine;
using System.Text.Json;

namespace Witan.Server.Verbs;

/// <summary><c>witan show WHAT ID</c>: one thing that a running server knows, whole.</summary>
internal static class ShowVerb
{
    private static readonly Dictionary<string, string> Paths = new()
    {
        ["fix"] = "auto-fixes", ["learning"] = "learnings", ["collaboration"] = "collaborations", ["agent"] = "agents", ["model"] = "models", ["training"] = "models/trainings",
    };

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static Command Command()
    {
        var command = new Command("show", """
            One thing that a running server knows, as JSON; a fix comes with its receipt.
              witan show fix 0198c0de-0000-7000-8000-000000000000
              witan show agent claude-code
            """);
        var what = new Argument<string>("WHAT") { Description = string.Join(", ", Paths.Keys) };
        what.AcceptOnlyFromAmong([.. Paths.Keys]);
        var id = new Argument<string>("ID") { Description = "Its id, pattern or version" };
        command.Arguments.Add(what);
        command.Arguments.Add(id);
        var options = new ClientOptions(command);
        command.SetAction((parsed, cancel) => options.RunAsync(parsed, async client =>
        {
            var found = await client.GetJsonAsync($"{Paths[parsed.GetRequiredValue(what)]}/{Uri.EscapeDataString(parsed.GetRequiredValue(id))}", [], cancel);
            Console.WriteLine(parsed.GetValue(options.Json) ? found.GetRawText() : JsonSerializer.Serialize(found, Indented));
            return 0;
        }));
        return command;
    }
}
