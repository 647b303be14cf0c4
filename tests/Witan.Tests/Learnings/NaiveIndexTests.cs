using CsCheck;
using Witan.Fixes;
using Witan.Learnings;
using Witan.Tests.Intelligence;

namespace Witan.Tests.Learnings;

/// <summary>The index against a search that looks at every learning.</summary>
public sealed class NaiveIndexTests
{
    private static readonly string[] Words = ["cache", "session", "timeout", "layout", "race"];

    private static readonly Gen<string> Texts = Gen.OneOf(Words).List[0, 3].Select(words => string.Join(' ', words));

    private static readonly Gen<IndexedLearning> Learnings = Gen.Select(
        Gen.Int[0, 9], Texts, Gen.OneOf(["backend", "frontend", "data"]).List[0, 2], Gen.Int[1, 3].List[0, 2], Gen.OneOf(["i1", "i2"]).List[0, 2],
        Gen.Select(Gen.Double[0.1, 0.9], Gen.Int[0, 5], Gen.Int[0, 5], Gen.Int[0, 5]),
        (number, problem, domains, layers, issues, b) => new IndexedLearning(
            $"n{number}", problem, domains, layers, issues.ToHashSet(), new(b.Item1, b.Item2, b.Item3, b.Item4)));

    private static readonly Gen<(Attempt Attempt, List<int> Layers)> Attempts = Gen.Select(
        Gen.OneOf<string?>(["i1", "i2", null]), Gen.OneOf<string?>(["backend", "frontend", null]), Texts, Gen.Int[1, 3].List[0, 3],
        (issue, domain, error, layers) => (Given.Attempt(issue: issue) with { Domain = domain, Error = error.Length == 0 ? null : error }, layers));

    [Fact]
    public void It_finds_what_a_search_of_everything_finds()
    {
        Gen.Select(Learnings.List[0, 25], Attempts).Holds(c =>
        {
            var (puts, (attempt, layers)) = c;
            var index = new LearningIndex();
            foreach (var learning in puts)
                index.Put(learning);
            var kept = puts.GroupBy(l => l.Pattern).Select(g => g.Last()).ToList();

            Assert.Equal(kept.Count, index.Count);
            Assert.Equal(Search(kept, attempt, layers), index.Fitting(attempt, layers, 5));
        }, times: 2_000);
    }

    [Fact]
    public void A_learning_is_never_related_to_itself_and_the_others_are_known()
    {
        Learnings.List[1, 25].Holds(puts =>
        {
            var index = new LearningIndex();
            foreach (var learning in puts)
                index.Put(learning);
            var known = puts.Select(l => l.Pattern).ToHashSet();
            Assert.All(known, pattern => Assert.All(index.Related(pattern, 5), other => Assert.True(other != pattern && known.Contains(other))));
        });
    }

    // Halves and tenths in whole numbers: an issue 40, a domain or a layer 10, a word 6; ten are needed.
    private static IEnumerable<string> Search(List<IndexedLearning> learnings, Attempt attempt, List<int> layers) => learnings
        .Select(l => (l.Pattern, l.Belief.LowerBound, Relevance:
            (l.Issues.Contains(attempt.Issue!) ? 40 : 0) + (l.Domains.Contains(attempt.Domain!) ? 10 : 0) + (10 * l.Layers.Intersect(layers).Count())
            + (6 * Split(l.Problem).Intersect(Split(attempt.Error ?? "")).Count())))
        .Where(l => l.Relevance >= 10)
        .OrderByDescending(l => Math.Round(l.Relevance / 10.0 * l.LowerBound, 12)).ThenBy(l => l.Pattern, StringComparer.Ordinal)
        .Take(5).Select(l => l.Pattern);

    private static string[] Split(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
