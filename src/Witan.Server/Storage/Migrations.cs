using System.Reflection;
using DbUp;
using DbUp.Builder;
using DbUp.Engine.Output;

namespace Witan.Server.Storage;

/// <summary>The numbered migrations of an engine, run by DbUp.</summary>
internal static class Migrations
{
    /// <summary>Where DbUp notes what has run.</summary>
    public const string Journal = "SchemaVersions";

    /// <summary>Runs what has not run yet.</summary>
    /// <param name="engine">The folder of the engine.</param>
    /// <param name="database">The name of the database, for messages.</param>
    /// <param name="done">What has run, by the journal.</param>
    /// <param name="target">Where to run the rest.</param>
    /// <param name="faultOf">What an exception says that a user can mend, or null.</param>
    /// <returns>The names of the migrations that ran.</returns>
    public static IReadOnlyList<string> Run(string engine, string database, IReadOnlyList<string> done, Func<SupportedDatabases, UpgradeEngineBuilder> target, Func<Exception, string?> faultOf)
    {
        var scripts = Scripts(engine);
        var unknown = done.Except(scripts).Order(StringComparer.Ordinal).ToList();
        if (unknown.Count > 0)
            throw new StorageFault($"The database {database} was written by a newer version of Witan ({string.Join(", ", unknown)}). Upgrade Witan, or name another database with --database.", false);
        var result = target(DeployChanges.To)
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), scripts.Contains)
            .WithTransactionPerScript()
            .LogTo(new NoOpUpgradeLog())
            .Build()
            .PerformUpgrade();
        if (!result.Successful)
            throw new StorageFault($"The database {database} cannot be migrated ({result.ErrorScript?.Name}): {faultOf(result.Error) ?? result.Error.Message}", false, result.Error);
        return [.. result.Scripts.Select(script => script.Name)];
    }

    /// <summary>Whether exactly the migrations of this version have run.</summary>
    public static bool AreDone(string engine, IReadOnlyList<string> done) => Scripts(engine).Order(StringComparer.Ordinal).SequenceEqual(done.Order(StringComparer.Ordinal));

    private static List<string> Scripts(string engine) => [.. Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(name => name.Contains($".{engine}.", StringComparison.Ordinal) && name.EndsWith(".sql", StringComparison.Ordinal))];
}
