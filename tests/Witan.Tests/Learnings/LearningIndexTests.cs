using Witan.Fixes;
using Witan.Learnings;
using Witan.Tests.Intelligence;

namespace Witan.Tests.Learnings;

public sealed class LearningIndexTests
{
    private readonly LearningIndex _index = new();

    [Fact]
    public void An_empty_index_fits_nothing()
    {
        Assert.Equal(0, _index.Count);
        Assert.Empty(Fitting(Attempt(issue: "leak", domain: "backend", error: "session timeout in cache"), 1, 2));
        Assert.Empty(_index.Related("unknown", 5));
    }

    [Theory]
    [InlineData("leak", null, null, true)]
    [InlineData(null, "backend", null, true)]
    [InlineData(null, null, "Timeout while the SESSION was read", true)] // two words
    [InlineData(null, null, "timeout while reading", false)] // one word
    [InlineData(null, null, "timeout, timeout: timeout", false)]
    [InlineData("other", "frontend", "nothing in common", false)]
    [InlineData(null, null, null, false)]
    [InlineData(null, null, "", false)]
    public void A_learning_fits_by_issue_by_domain_or_by_words_in_common(string? issue, string? domain, string? error, bool fits)
    {
        _index.Put(Learning("session-timeout", "Timeout of a session", domains: ["backend"], issues: ["leak"]));

        Assert.Equal(fits ? ["session-timeout"] : [], Fitting(Attempt(issue, domain, error)));
    }

    [Theory]
    [InlineData(null, true, 1)]
    [InlineData(null, true, 1, 2)]
    [InlineData(null, false, 3)]
    [InlineData("the timeout", true, 1)]
    [InlineData("the timeout", false, 3)] // one word in common is not enough
    public void A_layer_in_common_is_enough(string? error, bool fits, params int[] layers)
    {
        _index.Put(Learning("a-b", "Timeout of a session", layers: [1, 2]));

        Assert.Equal(fits ? ["a-b"] : [], Fitting(Attempt(error: error), layers));
    }

    [Theory]
    [InlineData("NullReferenceException in UserService", "nullreferenceexception: USERSERVICE", true)]
    [InlineData("Größe der Straße", "GRÖSSE: größe straße", true)]
    [InlineData("the cat sat on its mat", "the cat sat on its mat", false)] // words of fewer than four letters say nothing
    [InlineData("cache2024session", "cache, session", true)] // a digit ends a word
    public void Words_are_runs_of_four_letters_or_more_in_any_case(string problem, string error, bool fits)
    {
        _index.Put(Learning("x", problem));

        Assert.Equal(fits, Fitting(Attempt(error: error)).Count == 1);
    }

    [Fact]
    public void The_words_of_the_pattern_count_too()
    {
        _index.Put(Learning("stale-cache-entry", "Old data"));

        Assert.Equal(["stale-cache-entry"], Fitting(Attempt(error: "entry is stale")));
    }

    [Fact]
    public void The_same_issue_ranks_above_the_same_domain_and_proof_above_promise()
    {
        _index.Put(Learning("same-domain", "p", domains: ["backend"]));
        _index.Put(Learning("same-issue", "p", issues: ["leak"]));
        _index.Put(Learning("proved", "p", domains: ["backend"], belief: new(0.5, 0, 20, 0)));
        _index.Put(Learning("refuted", "p", domains: ["backend"], belief: new(0.5, 0, 0, 20)));
        var attempt = Attempt("leak", "backend");

        Assert.Equal(["proved", "same-domain", "refuted"], Fitting(attempt).Except(["same-issue"]));
        Assert.True(Fitting(attempt).ToList().IndexOf("same-issue") < Fitting(attempt).ToList().IndexOf("same-domain"));
        Assert.Equal(Fitting(attempt).Take(2), _index.Fitting(attempt, [], 2));
        Assert.Empty(_index.Fitting(attempt, [], 0));
    }

    [Fact]
    public void Equals_are_ranked_by_their_pattern()
    {
        foreach (var pattern in new[] { "b", "a", "C" })
            _index.Put(Learning(pattern, "p", domains: ["backend"]));

        Assert.Equal(["C", "a", "b"], Fitting(Attempt(domain: "backend")));
    }

    [Fact]
    public void A_learning_of_the_same_pattern_replaces_the_first()
    {
        _index.Put(Learning("moved", "Session timeout", domains: ["backend"], layers: [1, 2], issues: ["leak"]));
        _index.Put(Learning("moved", "Broken layout", domains: ["frontend"], layers: [3, 4], issues: ["crash"]));

        Assert.Equal(1, _index.Count);
        Assert.Empty(Fitting(Attempt("leak", "backend", "session timeout"), 1, 2));
        Assert.All(new[] { Attempt("crash"), Attempt(domain: "frontend"), Attempt(error: "layout is broken") }, a => Assert.Equal(["moved"], Fitting(a)));
        Assert.Equal(["moved"], Fitting(Attempt(), 3, 4));
    }

    [Fact]
    public void Related_learnings_share_words_or_a_domain_and_a_word()
    {
        _index.Put(Learning("session-timeout", "Session ends early", domains: ["backend"], layers: [1], issues: ["leak"]));
        _index.Put(Learning("timeout-of-session", "Ends too late"));
        _index.Put(Learning("early-bird", "A race", domains: ["backend"]));
        _index.Put(Learning("unlike", "A layout", domains: ["backend"], layers: [1], issues: ["leak"]));

        Assert.Equal(["timeout-of-session", "early-bird"], _index.Related("session-timeout", 5));
        Assert.Equal(["timeout-of-session"], _index.Related("session-timeout", 1));
        Assert.Empty(_index.Related("unlike", 5));
        Assert.Empty(_index.Related("nowhere", 5));
    }

    [Fact]
    public void What_more_than_2000_learnings_share_tells_nothing()
    {
        for (var i = 0; i < 2_000; i++)
            _index.Put(Learning($"p-{i:0000}", "Common failure", domains: ["backend"]));
        Assert.Equal(5, _index.Fitting(Attempt(domain: "backend"), [], 5).Count);

        _index.Put(Learning("straw", "Common failure", domains: ["backend"], issues: ["leak"]));
        Assert.Empty(_index.Fitting(Attempt(domain: "backend", error: "common failure"), [], 5));
        Assert.Equal(["straw"], _index.Fitting(Attempt("leak", "backend", "common failure"), [], 5));
        Assert.Empty(_index.Related("straw", 5));
    }

    private IReadOnlyList<string> Fitting(Attempt attempt, params int[] layers) => _index.Fitting(attempt, layers, 10);

    private static Attempt Attempt(string? issue = null, string? domain = null, string? error = null) =>
        Given.Attempt(issue: issue) with { Domain = domain, Error = error };

    private static IndexedLearning Learning(
        string pattern, string problem, string[]? domains = null, int[]? layers = null, string[]? issues = null, LearningBelief? belief = null) =>
        new(pattern, problem, domains ?? [], layers ?? [], new HashSet<string>(issues ?? []), belief ?? new(0.5, 0, 0, 0));
}
