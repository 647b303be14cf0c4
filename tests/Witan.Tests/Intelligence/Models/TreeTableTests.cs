using System.Text.Json;
using System.Text.Json.Serialization;
using Witan.Intelligence.Models;

namespace Witan.Tests.Intelligence.Models;

public sealed partial class TreeTableTests
{
    private static readonly TreeTable Whole = new(
        0.25, [0, 5], [1, 0, 0, 0, 0, 0], [0.5f, 0, 2, 0, 0, 0], [1, 0, 3, 0, 0, 0], [0.4, 0.1, 0.7, 0.6, 0.9, 0.01]);

    private static readonly Dictionary<string, (TreeTable Table, string Fault)> Corrupt = new()
    {
        ["too few features"] = (Whole with { Features = Whole.Features[1..] }, "length"),
        ["too many thresholds"] = (Whole with { Thresholds = [.. Whole.Thresholds, 1] }, "length"),
        ["too few values"] = (Whole with { Values = [] }, "length"),
        ["too many children"] = (Whole with { Lefts = [.. Whole.Lefts, 0] }, "length"),
        ["a bias that is no number"] = (Whole with { Bias = double.NaN }, "not finite"),
        ["an infinite value"] = (Whole with { Values = [0.4, 0.1, 0.7, double.PositiveInfinity, 0.9, 0.01] }, "not finite"),
        ["an infinite threshold"] = (Whole with { Thresholds = [float.NegativeInfinity, 0, 2, 0, 0, 0] }, "not finite"),
        ["a feature that does not exist"] = (Whole with { Features = [2, 0, 0, 0, 0, 0] }, "Node 0 .* feature"),
        ["a negative feature"] = (Whole with { Features = [1, 0, -1, 0, 0, 0] }, "Node 2 .* feature"),
        ["a node that is its own child"] = (Whole with { Lefts = [1, 0, 2, 0, 0, 0] }, "Node 2 .* children"),
        ["a child that leads back"] = (Whole with { Lefts = [1, 0, 1, 0, 0, 0] }, "Node 2 .* children"),
        ["a right child past the end"] = (Whole with { Lefts = [1, 0, 5, 0, 0, 0] }, "Node 2 .* children"),
        ["a left child far past the end"] = (Whole with { Lefts = [int.MaxValue, 0, 3, 0, 0, 0] }, "Node 0 .* children"),
        ["a negative child"] = (Whole with { Lefts = [1, 0, -3, 0, 0, 0] }, "Node 2 .* children"),
        ["a child of two nodes"] = (Whole with { Lefts = [1, 3, 3, 0, 0, 0] }, "Node 3 .* more than one"),
        ["a root that is a child"] = (Whole with { Roots = [0, 2, 5] }, "Node 2 .* more than one"),
        ["a root named twice"] = (Whole with { Roots = [0, 5, 5] }, "Node 5 .* more than one"),
        ["a node without a tree"] = (Whole with { Roots = [0] }, "Node 5 .* no tree"),
        ["a root past the end"] = (Whole with { Roots = [0, 6] }, "begins at a node that does not exist"),
        ["a negative root"] = (Whole with { Roots = [-1, 5] }, "begins at a node that does not exist"),
    };

    public static TheoryData<string> Kinds => [.. Corrupt.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_corrupt_table_is_told_with_what_is_wrong(string kind) => Assert.Matches(Corrupt[kind].Fault, Corrupt[kind].Table.Fault(2));

    [Fact]
    public void A_whole_table_has_no_fault()
    {
        Assert.Null(Whole.Fault(2));
        Assert.Null(new TreeTable(0.7, [], [], [], [], []).Fault(0));
    }

    [Fact]
    public void A_table_for_more_features_than_there_are_is_refused() => Assert.Matches("feature", Whole.Fault(1));

    [Fact]
    public void However_a_table_is_damaged_it_is_refused_or_scores()
    {
        var random = new Random(9);
        for (var i = 0; i < 5000; i++)
        {
            var table = RandomTrees.Table(random, trees: 3, mostSplits: 6, features: 2);
            var damaged = random.Next(3) switch
            {
                0 => table with { Roots = Damaged(table.Roots) },
                1 => table with { Features = Damaged(table.Features) },
                _ => table with { Lefts = Damaged(table.Lefts) },
            };
            if (damaged.Fault(2) is null)
                Assert.True(double.IsFinite(new TreeEnsemble(damaged, 2).Score([0.5, 0.5])));
        }

        int[] Damaged(int[] numbers)
        {
            int[] damaged = [.. numbers];
            damaged[random.Next(damaged.Length)] = random.Next(-2, damaged.Length + 2);
            return damaged;
        }
    }

    [Fact]
    public void A_table_that_was_written_as_json_and_read_scores_the_same()
    {
        var random = new Random(10);
        var table = RandomTrees.Table(random, trees: 25, mostSplits: 19, features: 6);

        var json = JsonSerializer.Serialize(table, TableJson.Default.TreeTable);
        var read = JsonSerializer.Deserialize(json, TableJson.Default.TreeTable)!;

        Assert.Equal(json, JsonSerializer.Serialize(read, TableJson.Default.TreeTable));
        var (before, after) = (new TreeEnsemble(table, 6), new TreeEnsemble(read, 6));
        for (var i = 0; i < 100; i++)
        {
            var row = RandomTrees.Row(random, table, 6);
            Assert.Equal(before.Score(row), after.Score(row));
        }
    }

    [Theory]
    [InlineData("{\"bias\":0,\"roots\":[0],\"features\":[0],\"thresholds\":[0],\"lefts\":[0]}")]
    [InlineData("{\"bias\":0,\"roots\":null,\"features\":[0],\"thresholds\":[0],\"lefts\":[0],\"values\":[0]}")]
    [InlineData("{\"bias\":0,\"roots\":[0],\"features\":[0.5],\"thresholds\":[0],\"lefts\":[0],\"values\":[0]}")]
    public void Json_that_lacks_an_array_or_has_another_kind_of_number_is_no_table(string json) =>
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize(json, TableJson.Default.TreeTable));

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
    [JsonSerializable(typeof(TreeTable))]
    private sealed partial class TableJson : JsonSerializerContext;
}
