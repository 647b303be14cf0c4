using System.CommandLine;
using Witan.Server.Storage;

namespace Witan.Server.Verbs;

/// <summary><c>witan migrate</c>: brings the schema up to date and says what was done.</summary>
internal static class MigrateVerb
{
    public static Command Command()
    {
        var command = new Command("migrate", """
            Bring the database's schema up to date without serving (serve does it too).
              witan migrate --database /var/lib/witan/witan.db
            """);
        var options = new DatabaseOptions(command);
        command.SetAction(parsed =>
        {
            if (options.Read(parsed) is not { } settings)
                return 1;
            try
            {
                var database = Database.Of(settings.Database);
                var ran = database.Migrate();
                Console.WriteLine(ran.Count == 0 ? $"{database.Name} is up to date." : $"{database.Name}: ran {string.Join(", ", ran)}.");
                return 0;
            }
            catch (StorageFault e)
            {
                return DatabaseOptions.Fail(e.Message);
            }
        });
        return command;
    }
}
