using Witan.Intelligence.Features;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.Features;

public sealed class FeatureSchemaTests
{
    [Fact]
    public void Every_level_has_a_lift_and_an_n_and_then_come_the_rest()
    {
        foreach (var rule in Levels.All)
        {
            Assert.Equal($"{rule.Name}.lift", FeatureSchema.Core.Names[FeatureSchema.Lift(rule.Level)]);
            Assert.Equal($"{rule.Name}.n", FeatureSchema.Core.Names[FeatureSchema.N(rule.Level)]);
        }
        Assert.Equal(
            ["change.known", "change.lines", "change.files", "duration.known", "duration.expected", "neighbours.agreement", "neighbours.n", "agent.ability"],
            FeatureSchema.Core.Names.Skip(2 * Levels.Count));
        Assert.Equal(FeatureSchema.CoreCount, FeatureSchema.Core.Count);
    }

    [Fact]
    public void Attributes_come_after_the_core_in_their_order()
    {
        var schema = FeatureSchema.With([new("b", 0), new("a", 0)]);

        Assert.Equal(["attribute.b", "attribute.a"], schema.Names.Skip(FeatureSchema.CoreCount));
        Assert.Equal(FeatureSchema.CoreCount + 2, schema.Count);
    }

    [Fact]
    public void Names_are_unique() => Assert.Distinct(FeatureSchema.With([new("fleet.lift", 0)]).Names);

    [Fact]
    public void Equal_schemas_have_equal_hashes()
    {
        Assert.Equal(FeatureSchema.Core.Hash, FeatureSchema.With([]).Hash);
        Assert.Equal(FeatureSchema.With([new("a", 1)]).Hash, FeatureSchema.With([new("a", 1)]).Hash);
        Assert.Matches("^[0-9a-f]{16}$", FeatureSchema.Core.Hash);
    }

    [Fact]
    public void Another_attribute_order_or_default_is_another_schema() => Assert.Distinct(new[]
    {
        FeatureSchema.Core.Hash,
        FeatureSchema.With([new("a", 1)]).Hash,
        FeatureSchema.With([new("a", 2)]).Hash,
        FeatureSchema.With([new("b", 1)]).Hash,
        FeatureSchema.With([new("a", 1), new("b", 1)]).Hash,
        FeatureSchema.With([new("b", 1), new("a", 1)]).Hash,
    });
}
