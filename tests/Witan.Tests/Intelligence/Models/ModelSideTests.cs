using System.Text.RegularExpressions;
using Witan.Intelligence.Models;

namespace Witan.Tests.Intelligence.Models;

/// <summary>Models with a right checksum and a wrong content: none may be used, and none may throw.</summary>
public sealed class ModelSideTests
{
    private static readonly ModelArtefact Whole = TrainedModel.Artefact;
    private static readonly ModelPart Logistic = Whole.Known!.Parts.Single();

    private static readonly ModelPart Trees = new(
        "forest", 1, null, new(0.25, [0, 5], [1, 0, 0, 0, 0, 0], [0.5f, 0, 2, 0, 0, 0], [1, 0, 3, 0, 0, 0], [0.4, 0.1, 0.7, 0.6, 0.9, 0.01]), false);

    private static readonly Dictionary<string, (ModelArtefact Artefact, string Fault)> Wrong = new()
    {
        ["no side for known issues"] = (Whole with { Known = null }, "lacks a side"),
        ["no side for new issues"] = (Whole with { Unknown = null }, "lacks a side"),
        ["a side without parts"] = (With([]), "without parts"),
        ["a part that is missing"] = (With([null!]), "without parts"),
        ["an attribute that is missing"] = (Whole with { Attributes = [null!, Whole.Attributes[1]] }, "features"),
        ["a feature that is missing"] = (Whole with { Features = [null!, .. Whole.Features.Skip(1)] }, "features"),
        ["a negative weight"] = (With([Logistic with { Weight = -0.5 }, Logistic with { Weight = 1.5 }]), "not a blend"),
        ["weights that do not add up"] = (With([Logistic with { Weight = 0.5 }, Logistic with { Weight = 0.4 }]), "not a blend"),
        ["a part that is nothing"] = (With([Logistic with { Linear = null }]), "neither a regression nor trees"),
        ["a part that is both"] = (With([Logistic with { Trees = Trees.Trees }]), "neither a regression nor trees"),
        ["too few weights"] = (Linear(terms => terms with { Weights = terms.Weights[1..] }), "do not fit its features"),
        ["too many means"] = (Linear(terms => terms with { Means = [.. terms.Means, 0] }), "do not fit its features"),
        ["a covariance of another size"] = (Linear(terms => terms with { Covariance = terms.Covariance[1..] }), "do not fit its features"),
        ["a tree with a bad child"] = (Tree(table => table with { Lefts = [1, 0, 9, 0, 0, 0] }), "Node 2 .* children"),
        ["a tree with a bad root"] = (Tree(table => table with { Roots = [0, -1] }), "does not exist"),
        ["a tree with a bad feature"] = (Tree(table => table with { Features = [99, 0, 0, 0, 0, 0] }), "Node 0 .* feature"),
        ["a tree of which a part is missing"] = (Tree(table => table with { Values = table.Values[1..] }), "differ in length"),
        ["a fault on the other side"] = (Whole with { Unknown = Whole.Unknown! with { Parts = [] } }, "without parts"),
        ["weights of the first format beside the sides"] = (Whole with { Linear = new(0, [1], [1], []) }, "[Mm]odel"),
        ["the first format without weights"] = (Whole with { FormatVersion = 1 }, "no weights"),
        ["the first format with weights that do not fit"] = (Whole with { FormatVersion = 1, Linear = Logistic.Linear! with { Weights = [] } }, "do not fit"),
        ["another kind in the first format"] = (Whole with { FormatVersion = 1, Kind = "ensemble", Linear = Logistic.Linear }, "ensemble"),
    };

    public static TheoryData<string> Kinds => [.. Wrong.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void What_cannot_be_used_is_refused_in_a_sentence(string kind)
    {
        Assert.Null(ModelArtefact.TryParse(Wrong[kind].Artefact.ToJson(), out var problem));
        Assert.Matches(Wrong[kind].Fault, problem);
        Assert.Matches(@"^[A-Z].*\.$", problem);
    }

    [Fact]
    public void What_is_whole_is_not_refused()
    {
        ModelArtefact[] whole =
        [
            Whole, With([Trees]), With([Logistic with { Weight = 0.5 }, Trees with { Weight = 0.5 }]), With([Logistic with { Weight = 0 }, Trees]),
            Linear(terms => terms with { Covariance = [] }),
            Whole with { FormatVersion = 1, Linear = Logistic.Linear, Known = null, Unknown = null },
        ];

        Assert.All(whole, artefact =>
        {
            Assert.NotNull(ModelArtefact.TryParse(artefact.ToJson(), out var problem)?.ToScorer());
            Assert.Empty(problem);
        });
    }

    [Theory]
    [InlineData("NaN")]
    [InlineData("\"NaN\"")]
    [InlineData("null")]
    [InlineData("1e999")]
    [InlineData("-1e999")]
    [InlineData("[]")]
    [InlineData("true")]
    public void A_number_that_is_none_is_refused_wherever_it_stands(string number)
    {
        foreach (var member in new[] { "weight", "intercept", "weights", "means", "covariance", "slope", "scores", "outcomes", "seed", "edges", "predicted", "gate", "default" })
        {
            var json = Whole.ToJson();
            var place = Regex.Match(json, $"\"{member}\":\\[?(-?[0-9][^,\\]}}]*)").Groups[1];
            Assert.True(place.Success, member);

            Assert.Null(ModelArtefact.TryParse(json[..place.Index] + number + json[(place.Index + place.Length)..], out var problem));
            Assert.Matches("[Mm]odel", problem);
        }
    }

    [Fact]
    public void However_a_byte_is_changed_the_model_is_refused_and_nothing_is_thrown()
    {
        var (json, random) = (Whole.ToJson(), new Random(12));
        const string likely = "0123456789eE-+.,:[]{}\"ntfx \\";
        for (var i = 0; i < 400; i++)
        {
            var at = random.Next(json.Length);
            var changed = likely[random.Next(likely.Length)];
            if (json[at] == changed || ModelArtefact.TryParse(json[..at] + changed + json[(at + 1)..], out var problem) is { } same && same.ToJson() == json)
                continue; // 0 for -0 and the like is the same model
            Assert.Matches("[Mm]odel", problem);
        }
    }

    private static ModelArtefact With(IReadOnlyList<ModelPart> parts) => Whole with { Known = Whole.Known! with { Parts = parts } };

    private static ModelArtefact Linear(Func<LinearTerms, LinearTerms> change) => With([Logistic with { Linear = change(Logistic.Linear!) }]);

    private static ModelArtefact Tree(Func<TreeTable, TreeTable> change) => With([Trees with { Trees = change(Trees.Trees!) }]);
}
