using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace Witan.Server.Platform.Caching;

/// <summary>
/// What cached answers depend on: keys and tags of the cache are made here and nowhere else. A tag is one of 65,536 numbers,
/// the same on all nodes; two that share a number only make an answer be made anew once too often.
/// </summary>
internal static class Tags
{
    public const int Count = 65_536;

    /// <summary>Any fix.</summary>
    public static readonly int Fixes = Of("fixes");

    /// <summary>Any learning, or what is related to it.</summary>
    public static readonly int Learnings = Of("learnings");

    /// <summary>Any collaboration.</summary>
    public static readonly int Collaborations = Of("collaborations");

    /// <summary>Any vote.</summary>
    public static readonly int Votes = Of("votes");

    /// <summary>Any agent.</summary>
    public static readonly int Agents = Of("agents");

    /// <summary>The summaries, where they are refreshed and not always fresh.</summary>
    public static readonly int Summaries = Of("summaries");

    public static int Fix(Guid id) => Of($"fix:{id}");

    public static int FixesOf(string agent) => Of($"fixes:agent:{agent}");

    public static int FixesFor(string issue) => Of($"fixes:issue:{issue}");

    public static int FixesIn(string repository) => Of($"fixes:repository:{repository}");

    public static int Collaboration(Guid id) => Of($"collaboration:{id}");

    public static int CollaborationsOf(string leader) => Of($"collaborations:leader:{leader}");

    public static int VotesIn(Guid collaboration) => Of($"votes:collaboration:{collaboration}");

    public static int VotesOf(string voter) => Of($"votes:voter:{voter}");

    public static int Agent(string id) => Of($"agent:{id}");

    /// <summary>The key of an answer in Redis. Callers choose their targets, so it is a hash for which nobody finds two alike.</summary>
    public static string Key(string target) => $"witan:answer:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(target)))}";

    /// <summary>The epoch, and how often each tag has been invalidated in it, in Redis: lost together or not at all.</summary>
    public const string Generations = "witan:generations";

    /// <summary>The epoch's field there. Everything that was stored under another one is void.</summary>
    public const string Epoch = "epoch";

    /// <summary>The channel on which nodes tell each other what they wrote.</summary>
    public const string Channel = "witan:written";

    private static int Of(string tag) => (int)(XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(tag)) % Count);
}
