using System.CommandLine;
using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Verbs;

/// <summary><c>witan promote VERSION</c>: makes a scorer the one that answers.</summary>
internal static class PromoteVerb
{
    public static Command Command()
    {
        var command = new Command("promote", """
            Make a scorer of a running server the champion, the one that answers; also the way back to an earlier one, or to the
            track record. `witan list models` shows them.
              witan promote model-3
              witan promote track-record
            """);
        var version = new Argument<string>("VERSION") { Description = "Its version" };
        command.Arguments.Add(version);
        var options = new ClientOptions(command);
        command.SetAction((parsed, cancel) => options.RunAsync(parsed, async client =>
        {
            var model = await client.PromoteAsync(parsed.GetRequiredValue(version), cancel);
            Console.WriteLine(parsed.GetValue(options.Json) ? JsonSerializer.Serialize(model, WitanJson.Default.Model) : $"{model.Version} ({model.Kind}) is the champion now");
            return 0;
        }));
        return command;
    }
}
