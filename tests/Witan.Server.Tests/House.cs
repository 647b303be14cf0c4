using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;

namespace Witan.Server.Tests;

/// <summary>A source file: its path from the root of the repository, with slashes, and its text.</summary>
internal sealed record Source(string Path, string Text);

/// <summary>The table of who may use whom, as a check of sources and assemblies.</summary>
internal static partial class House
{
    /// <summary>The folder of the repository.</summary>
    public static string Root { get; } = FindRoot();

    // The verbs and every folder of the server that is not one of the shared ones.
    private static readonly string[] Rooms = [.. Directory.EnumerateDirectories(System.IO.Path.Combine(Root, "src/Witan.Server")).Select(folder => System.IO.Path.GetFileName(folder))
        .Except(["Storage", "Platform", "bin", "obj"]).Order(StringComparer.Ordinal)];

    private static readonly Regex RoomName = new($@"(?<![\w.])((?:{string.Join('|', Rooms)})\.[A-Z]\w*)\b");

    /// <summary>The sources of the product.</summary>
    public static IReadOnlyList<Source> Sources() => [.. Directory.EnumerateFiles(System.IO.Path.Combine(Root, "src"), "*.*", SearchOption.AllDirectories)
        .Where(path => System.IO.Path.GetExtension(path) is ".cs" or ".razor")
        .Select(path => new Source(System.IO.Path.GetRelativePath(Root, path).Replace('\\', '/'), File.ReadAllText(path)))
        .Where(source => !source.Path.Contains("/obj/", StringComparison.Ordinal) && !source.Path.Contains("/bin/", StringComparison.Ordinal))
        .OrderBy(source => source.Path, StringComparer.Ordinal)];

    /// <summary>Everything that is not as the table says, a line each.</summary>
    public static IEnumerable<string> Violations(IReadOnlyList<Source> sources)
    {
        var paths = sources.Select(source => source.Path).ToHashSet();
        foreach (var source in sources)
        {
            var code = Comment().Replace(source.Text, "");
            foreach (var use in Uses(source.Path, code).Where(use => Objection(source.Path, use) is not null))
                yield return $"{source.Path}: {Objection(source.Path, use)} ({use})";
            if (DeclaredNamespace().Match(code) is { Success: true } declared && declared.Groups[1].Value != NamespaceOf(source.Path))
                yield return $"{source.Path}: the namespace {declared.Groups[1].Value} is not that of its folder";
            if (source.Path is "src/Witan.Server/Program.cs" or "src/Witan.Server/WitanHost.cs")
                continue;
            var folder = source.Path[..source.Path.LastIndexOf('/')];
            foreach (var endpoints in EndpointClass().Matches(code).Select(m => m.Value).Distinct().Where(name => !paths.Contains($"{folder}/{name}.cs")))
                yield return $"{source.Path}: uses the endpoints of another room ({endpoints})";
        }
    }

    /// <summary>Folders that use each other in a circle, below a folder such as <c>src/Witan</c>.</summary>
    public static IEnumerable<string> Cycles(IEnumerable<Source> sources, string below)
    {
        var root = NamespaceOf(below + "/x.cs");
        var edges = sources.Where(s => s.Path.StartsWith(below + "/", StringComparison.Ordinal) && NamespaceOf(s.Path) != root)
            .SelectMany(s => Uses(s.Path, Comment().Replace(s.Text, "")).Where(use => use.StartsWith(root + ".", StringComparison.Ordinal)).Select(use => (From: NamespaceOf(s.Path), To: use)))
            .Where(edge => !Within(edge.From, edge.To) && !Within(edge.To, edge.From)).Distinct().ToLookup(edge => edge.From, edge => edge.To);
        return edges.Select(node => node.Key).Where(start => Reaches(edges, start, start)).Order(StringComparer.Ordinal).Select(start => $"{start} uses {string.Join(", ", edges[start].Where(to => Reaches(edges, to, start)).Order(StringComparer.Ordinal))}, which leads back to it");
    }

    /// <summary>The assemblies that an assembly refers to.</summary>
    public static IReadOnlyList<string> References(string assemblyFile)
    {
        using var file = new PEReader(File.OpenRead(assemblyFile));
        var metadata = file.GetMetadataReader();
        return [.. metadata.AssemblyReferences.Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))];
    }

    private static string? Objection(string path, string use) => path switch
    {
        _ when path.StartsWith("src/Witan.Client/", StringComparison.Ordinal) => Within(use, "Witan.Client") || Within(use, "System") ? null : "the client uses only the BCL",
        _ when path.StartsWith("src/Witan.Dashboard/", StringComparison.Ordinal) => new[] { "Witan.Client", "Witan.Dashboard", "System", "Microsoft.AspNetCore.Components", "Microsoft.JSInterop" }.Any(known => Within(use, known))
            ? null : "the dashboard uses only the client and Blazor",
        _ when Within(use, "Witan.Dashboard") => "the server hands out the dashboard's files, and nothing uses it",
        _ when Within(use, "Microsoft.ML") && path.StartsWith("src/Witan/Intelligence/Training/", StringComparison.Ordinal) => null,
        _ when path.StartsWith("src/Witan/", StringComparison.Ordinal) => Within(use, "Witan.Client") || Within(use, "Witan.Server") || !(Within(use, "Witan") || Within(use, "System") || Within(use, "MathNet.Numerics"))
            ? "the core uses only the BCL and maths, and ML.NET in training alone" : null,
        _ when !path.StartsWith("src/Witan.Server/", StringComparison.Ordinal) => null,
        _ when IsDriver(use) => path.StartsWith("src/Witan.Server/Storage/", StringComparison.Ordinal) ? null : "only Storage uses database drivers",
        _ when path.StartsWith("src/Witan.Server/Platform/", StringComparison.Ordinal) || path.StartsWith("src/Witan.Server/Storage/", StringComparison.Ordinal) =>
            Rooms.Any(room => Within(use, $"Witan.Server.{room}")) ? "Platform and Storage know no room" : null,
        _ when Within(use, "Witan.Server.Verbs") => path.StartsWith("src/Witan.Server/Verbs/", StringComparison.Ordinal) || path == "src/Witan.Server/Program.cs" ? null : "no room uses a verb",
        _ => null,
    };

    private static bool IsDriver(string use) => new[] { "Microsoft.Data.Sqlite", "SQLitePCL", "DbUp", "Npgsql" }.Any(driver => Within(use, driver));

    /// <summary>Whether a name is, or lies below, a namespace.</summary>
    public static bool Within(string use, string @namespace) => use == @namespace || use.StartsWith(@namespace + ".", StringComparison.Ordinal);

    // Usings, and names that are written out in full; where no room may be known, also those that begin with a room.
    private static IEnumerable<string> Uses(string path, string code)
    {
        foreach (Match match in Using().Matches(code))
            yield return match.Groups[1].Success ? match.Groups[1].Value : match.Groups[2].Value;
        var body = Using().Replace(code, "");
        foreach (Match match in FullName().Matches(body))
            yield return match.Value;
        if (path.StartsWith("src/Witan.Server/Platform/", StringComparison.Ordinal) || path.StartsWith("src/Witan.Server/Storage/", StringComparison.Ordinal))
            foreach (Match match in RoomName.Matches(body))
                yield return $"Witan.Server.{match.Value}";
    }

    private static bool Reaches(ILookup<string, string> edges, string from, string to)
    {
        var (seen, open) = (new HashSet<string>(), new Stack<string>(edges[from]));
        while (open.TryPop(out var next))
        {
            if (next == to)
                return true;
            if (seen.Add(next))
                foreach (var further in edges[next])
                    open.Push(further);
        }
        return false;
    }

    private static string NamespaceOf(string path) => string.Join('.', path.Split('/')[1..^1]);

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Witan.slnx")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new DirectoryNotFoundException("The tests run outside the repository.");
    }

    [GeneratedRegex(@"//[^\n]*|""(?:[^""\\\n]|\\.)*""")]
    private static partial Regex Comment();

    [GeneratedRegex(@"(?m)^(?:(?:global )?using (?:static |\w+ = )?([A-Z][\w.]*);|@using (?:static |\w+ = )?([A-Z][\w.]*))")]
    private static partial Regex Using();

    [GeneratedRegex(@"(?m)^namespace ([\w.]+);")]
    private static partial Regex DeclaredNamespace();

    [GeneratedRegex(@"(?<![\w.])(?:Witan\.(?:Server|Client|Dashboard|Fixes|Agents|Intelligence)|Microsoft\.Data\.Sqlite|DbUp|Npgsql|SQLitePCL)(?:\.[A-Z]\w*)*")]
    private static partial Regex FullName();

    [GeneratedRegex(@"\b[A-Z]\w*Endpoints\b")]
    private static partial Regex EndpointClass();
}
