using System.Collections.Concurrent;
using System.Globalization;

namespace Witan.Server.Tests.Fuzz;

/// <summary>Ids and names that the server has told, to be asked about again.</summary>
internal sealed class Pool
{
    private static readonly string[] Agents = ["ada", "bob", "cy/b", "d é", "e"];

    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _known = new();

    /// <summary>Remembers an id under the kind of thing it names.</summary>
    public void Add(string kind, string id)
    {
        var known = _known.GetOrAdd(kind, _ => new());
        known.Enqueue(id);
        if (known.Count > 40)
            known.TryDequeue(out _);
    }

    /// <summary>A fitting text for a parameter or property of this name on this path.</summary>
    public string For(string name, string path, Random random) => name switch
    {
        "fixId" => Known("auto-fixes", random),
        "collaborationId" => Known("collaborations", random),
        "id" when path.Contains("/agents", StringComparison.Ordinal) => Agent(random),
        "id" when path.Contains("/collaborations", StringComparison.Ordinal) => Known("collaborations", random),
        "id" when path.Contains("/trainings", StringComparison.Ordinal) => Known("trainings", random),
        "id" => Known("auto-fixes", random),
        "pattern" => $"pattern-{random.Next(30)}",
        "name" when path.Contains("/experiments", StringComparison.Ordinal) => Pick(random, "ml-vs-heuristic", "heuristic-vs-ml", "track-record-vs-heuristic", "ml-vs-model-1", "model-1-vs-heuristic", "ml-vs-x"),
        "version" => random.Next(2) == 0 ? Known("models", random) : Pick(random, "heuristic", "track-record", "model-1", "model-x"),
        "cursor" => Known("cursor:" + path, random),
        "agentId" or "voterId" or "leader" or "participants" or "participant" or "discoveredBy" or "by" => Agent(random),
        "fixStrategy" or "strategy" => Pick(random, "code_patch", "dependency_fix", "own way/1"),
        "issue" => $"issue-{random.Next(12)}",
        "domain" or "agentDomains" => Pick(random, "backend", "web front", "däta"),
        "externalId" => $"pr-{random.Next(300).ToString(CultureInfo.InvariantCulture)}",
        "paths" or "protectedPaths" or "lockFiles" => Pick(random, "src/a.cs", ".env", "**/x/*", "*.lock"),
        "error" or "problem" or "q" => Pick(random, "TypeError: unsupported operand", "Connection pool exhausted", "e"),
        _ => Pick(random, "text", "Ärger", "a b"),
    };

    private string Known(string kind, Random random) =>
        random.Next(20) > 0 && _known.TryGetValue(kind, out var known) && known.ToArray() is { Length: > 0 } ids ? Pick(random, ids) : "0198c0de-0000-7000-8000-000000000000";

    private static string Agent(Random random) => Pick(random, Agents);

    private static string Pick(Random random, params string[] from) => from[random.Next(from.Length)];
}
