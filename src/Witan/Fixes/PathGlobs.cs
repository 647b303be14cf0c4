using System.Text;
using System.Text.RegularExpressions;

namespace Witan.Fixes;

/// <summary>
/// A set of path patterns: <c>*</c> is any run of characters within a folder, <c>**</c> any folders, <c>?</c> one character.
/// A pattern without a slash matches in every folder. Case does not matter, nor does the kind of slash.
/// </summary>
public sealed class PathGlobs
{
    /// <summary>CI definitions, secrets and migrations.</summary>
    public static IReadOnlyList<string> DefaultProtected { get; } =
    [
        ".github/workflows/**", ".github/actions/**", ".circleci/**", ".buildkite/**", ".ci/**", ".gitlab/**",
        ".gitlab-ci.yml", ".travis.yml", ".drone.yml", "appveyor.yml", "azure-pipelines*.yml", "bitbucket-pipelines.yml",
        "Jenkinsfile*", "cloudbuild.y*ml",
        ".env", ".env.*", "*.pem", "*.key", "*.pfx", "*.p12", "*.jks", "*.keystore", "id_rsa*", "id_ed25519*",
        ".npmrc", ".pypirc", ".netrc", "credentials*", "secrets.*", "**/secrets/**", "**/.ssh/**", "**/.aws/**",
        "**/migrations/**", "**/migrate/**", "**/alembic/versions/**", "**/flyway/**", "**/liquibase/**",
    ];

    /// <summary>Lock files of the usual package managers.</summary>
    public static IReadOnlyList<string> DefaultLockFiles { get; } =
    [
        "*.lock", "*.lockb", "*.lockfile", "package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml",
        "packages.lock.json", "go.sum", "Package.resolved",
    ];

    private readonly Regex? _pattern;

    /// <summary>Compiles the patterns.</summary>
    /// <param name="patterns">Patterns; none at all matches nothing.</param>
    public PathGlobs(IReadOnlyList<string> patterns)
    {
        Patterns = patterns;
        if (patterns.Count == 0)
            return;
        _pattern = new Regex(
            $"^(?:{string.Join('|', patterns.Select(ToRegex))})$",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.Singleline | RegexOptions.NonBacktracking);
    }

    /// <summary>The patterns as given.</summary>
    public IReadOnlyList<string> Patterns { get; }

    /// <summary>The first of the paths that any pattern matches, or null.</summary>
    /// <param name="paths">Paths relative to the root of a repository.</param>
    public string? FirstMatch(IReadOnlyList<string> paths)
    {
        if (_pattern is null)
            return null;
        foreach (var path in paths)
        {
            if (_pattern.IsMatch(Normalise(path)))
                return path;
        }
        return null;
    }

    // "a/../.github/workflows/x.yml" must not slip past a pattern.
    private static string Normalise(string path)
    {
        var parts = new List<string>();
        foreach (var part in path.Replace('\\', '/').Split('/', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (part == ".." && parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
            else if (part is not ("." or ".."))
                parts.Add(part);
        }
        return string.Join('/', parts);
    }

    private static string ToRegex(string glob)
    {
        var regex = new StringBuilder(glob.Contains('/', StringComparison.Ordinal) ? "" : "(?:.*/)?");
        for (var i = 0; i < glob.Length; i++)
        {
            if (string.CompareOrdinal(glob, i, "**/", 0, 3) == 0)
            {
                regex.Append("(?:.*/)?");
                i += 2;
            }
            else if (string.CompareOrdinal(glob, i, "**", 0, 2) == 0)
            {
                regex.Append(".*");
                i++;
            }
            else
            {
                regex.Append(glob[i] switch { '*' => "[^/]*", '?' => "[^/]", var c => Regex.Escape(c.ToString()) });
            }
        }
        return regex.ToString();
    }
}
