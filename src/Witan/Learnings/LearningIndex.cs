using Witan.Fixes;

namespace Witan.Learnings;

/// <summary>What the index knows of a learning.</summary>
/// <param name="Pattern">Its unique slug.</param>
/// <param name="Problem">The problem it solves, in words.</param>
/// <param name="Domains">The domains it applies to.</param>
/// <param name="Layers">The layers it applies to.</param>
/// <param name="Issues">Issues that it has been used on.</param>
/// <param name="Belief">How well it has worked.</param>
public sealed record IndexedLearning(
    string Pattern, string Problem, IReadOnlyList<string> Domains, IReadOnlyList<int> Layers, IReadOnlySet<string> Issues, LearningBelief Belief);

/// <summary>
/// Finds the learnings that fit an attempt: used on the same issue, of the same domain and layer, or with words in common
/// with its error. Not safe for concurrent writes; reads may run together.
/// </summary>
public sealed class LearningIndex
{
    private const double IssueWorth = 4, DomainWorth = 1, LayerWorth = 1, WordWorth = 0.6;
    private const double LeastRelevance = 1;
    private const int LongestPosting = 2_000; // a word or domain that so many share tells little
    private const int ShortestWord = 4;

    private readonly Dictionary<string, IndexedLearning> _learnings = [];
    private readonly Dictionary<string, HashSet<string>> _byTerm = [];

    /// <summary>How many learnings it holds.</summary>
    public int Count => _learnings.Count;

    /// <summary>Adds a learning, or replaces the one of the same pattern.</summary>
    public void Put(IndexedLearning learning)
    {
        if (_learnings.TryGetValue(learning.Pattern, out var old))
        {
            foreach (var term in Terms(old))
                _byTerm[term].Remove(old.Pattern);
        }
        _learnings[learning.Pattern] = learning;
        foreach (var term in Terms(learning))
        {
            if (!_byTerm.TryGetValue(term, out var patterns))
                _byTerm[term] = patterns = [];
            patterns.Add(learning.Pattern);
        }
    }

    /// <summary>The patterns that fit an attempt, ranked by relevance times the lower bound of their belief.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="layers">The layers it touches.</param>
    /// <param name="most">How many at the most.</param>
    /// <param name="mayBeTold">Which patterns may be told at all; null for every one.</param>
    public IReadOnlyList<string> Fitting(Attempt attempt, IReadOnlyList<int> layers, int most, Func<string, bool>? mayBeTold = null)
    {
        var relevance = new Dictionary<string, double>();
        Add(relevance, "issue:" + attempt.Issue, IssueWorth);
        Add(relevance, "domain:" + attempt.Domain, DomainWorth);
        foreach (var layer in layers.Distinct())
            Add(relevance, "layer:" + layer, LayerWorth);
        foreach (var word in Words(attempt.Error))
            Add(relevance, "word:" + word, WordWorth);
        return Best(relevance, most, mayBeTold ?? (_ => true));
    }

    /// <summary>The patterns closest to one of them, by words and domains in common.</summary>
    /// <param name="pattern">A pattern of this index.</param>
    /// <param name="most">How many at the most.</param>
    public IReadOnlyList<string> Related(string pattern, int most)
    {
        if (!_learnings.TryGetValue(pattern, out var learning))
            return [];
        var relevance = new Dictionary<string, double>();
        foreach (var term in Terms(learning))
            Add(relevance, term, term.StartsWith("word:", StringComparison.Ordinal) ? WordWorth : term.StartsWith("domain:", StringComparison.Ordinal) ? DomainWorth / 2 : 0);
        return Best(relevance, most, other => other != pattern);
    }

    private void Add(Dictionary<string, double> relevance, string term, double worth)
    {
        if (worth == 0 || !_byTerm.TryGetValue(term, out var patterns) || patterns.Count > LongestPosting)
            return;
        foreach (var pattern in patterns)
            relevance[pattern] = relevance.GetValueOrDefault(pattern) + worth;
    }

    private string[] Best(Dictionary<string, double> relevance, int most, Func<string, bool> mayBeTold) =>
    [
        .. relevance.Where(r => r.Value >= LeastRelevance && mayBeTold(r.Key))
            .OrderByDescending(r => r.Value * _learnings[r.Key].Belief.LowerBound)
            .ThenBy(r => r.Key, StringComparer.Ordinal)
            .Take(most)
            .Select(r => r.Key),
    ];

    private static IEnumerable<string> Terms(IndexedLearning learning) =>
    [
        .. learning.Issues.Select(issue => "issue:" + issue),
        .. learning.Domains.Distinct().Select(domain => "domain:" + domain),
        .. learning.Layers.Distinct().Select(layer => "layer:" + layer),
        .. Words(learning.Problem + " " + learning.Pattern).Select(word => "word:" + word),
    ];

    private static HashSet<string> Words(string? text)
    {
        var words = new HashSet<string>();
        var start = -1;
        text ??= "";
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && char.IsLetter(text[i]))
            {
                if (start < 0) start = i;
                continue;
            }
            if (start >= 0 && i - start >= ShortestWord)
                words.Add(text[start..i].ToLowerInvariant());
            start = -1;
        }
        return words;
    }
}
