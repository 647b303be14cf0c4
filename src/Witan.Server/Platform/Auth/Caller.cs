using Witan.Client;

namespace Witan.Server.Platform.Auth;

/// <summary>Who asks.</summary>
internal sealed class Caller
{
    /// <summary>Whoever reaches this machine's loopback while there are no keys.</summary>
    public static Caller Local { get; } = new("local", Enum.GetValues<KeyScope>(), "local");

    /// <summary>Nobody that is known: no key was sent.</summary>
    public static Caller Nobody { get; } = new("", [], "");

    private readonly int _scopes;
    private readonly string[] _buckets;

    public Caller(string id, IEnumerable<KeyScope> scopes, string plan)
    {
        (Id, Plan) = (id, plan);
        _buckets = [.. Enum.GetNames<RateGroup>().Select(group => $"{group}:{id}")];
        foreach (var scope in scopes)
            _scopes |= 1 << (int)scope;
    }

    /// <summary>The id of the key.</summary>
    public string Id { get; }

    /// <summary>The plan that limits its requests.</summary>
    public string Plan { get; }

    public bool IsKnown => Id.Length > 0;

    /// <summary>Why it is nobody, where a key was sent.</summary>
    public string? Refusal { get; init; }

    /// <summary>Names what limits it on a group of routes.</summary>
    public string BucketOf(RateGroup group) => _buckets[(int)group];

    public bool May(KeyScope scope) => (_scopes & (1 << (int)scope)) != 0;
}

/// <summary>Who asks, of a request.</summary>
internal static class Callers
{
    public static Caller Caller(this HttpContext context) => context.Features.Get<Caller>() ?? Auth.Caller.Nobody;
}
