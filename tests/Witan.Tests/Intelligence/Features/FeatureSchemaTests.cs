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
            ["change.known", "change.lines", "change.files", "duration.known", "duration.expected", "neighbours.agreement", "neighbours.n", "agent.ability", "recent.intercept", "recent.slope"],
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
    public void The_schema_of_a_model_is_known_by_its_names()
    {
        AttributeFeature[] attributes = [new("tested", 0.5)];

        var now = FeatureSchema.Of(FeatureSchema.With(attributes).Names, attributes);

        Assert.Equal((FeatureSchema.With(attributes).Hash, Levels.Count), (now!.Hash, now.LevelCount));
        Assert.Equal(FeatureSchema.Core.Hash, FeatureSchema.Of(FeatureSchema.Core.Names, [])!.Hash);
    }

    [Fact]
    public void The_first_revision_had_fourteen_levels_and_no_neighbours()
    {
        string[] names =
        [
            .. new[] { "fleet", "model", "family", "agent", "agentStrategy", "agentRepository", "agentDomain", "strategy", "domain", "repository", "error", "issue", "issueRecent", "agentIssue" }
                .SelectMany(level => new[] { $"{level}.lift", $"{level}.n" }),
            "change.known", "change.lines", "change.files", "duration.known", "duration.expected", "attribute.tested",
        ];

        var first = FeatureSchema.Of(names, [new("tested", 0.5)]);

        Assert.Equal((14, names.Length), (first!.LevelCount, first.Count));
        Assert.Equal(names, first.Names);
        Assert.NotEqual(FeatureSchema.With([new("tested", 0.5)]).Hash, first.Hash);
    }

    [Fact]
    public void Names_that_no_version_made_have_no_schema()
    {
        var names = FeatureSchema.Core.Names;

        Assert.Null(FeatureSchema.Of([], []));
        Assert.Null(FeatureSchema.Of([.. names, "attribute.tested"], []));
        Assert.Null(FeatureSchema.Of(names, [new("tested", 0.5)]));
        Assert.Null(FeatureSchema.Of([.. names.Skip(1)], []));
        Assert.Null(FeatureSchema.Of([names[1], names[0], .. names.Skip(2)], []));
    }

    [Fact]
    public void An_issue_is_withheld_by_clearing_what_its_own_history_says_and_nothing_else()
    {
        var (features, expected) = (new double[FeatureSchema.CoreCount + 1], new double[FeatureSchema.CoreCount + 1]);
        string[] ofIssue = ["issue.lift", "issue.n", "issueRecent.lift", "issueRecent.n", "agentIssue.lift", "agentIssue.n", "familyIssue.lift", "familyIssue.n", "neighbours.agreement", "neighbours.n"];
        for (var i = 0; i < features.Length; i++)
        {
            features[i] = i + 1;
            expected[i] = i < FeatureSchema.CoreCount && ofIssue.Contains(FeatureSchema.Core.Names[i]) ? 0 : i + 1;
        }
        Assert.True(FeatureSchema.KnowsIssue(features));

        FeatureSchema.WithholdIssue(features);

        Assert.Equal(expected, features);
        Assert.False(FeatureSchema.KnowsIssue(features));
    }

    [Fact]
    public void A_withheld_vector_is_that_of_the_same_fix_on_an_issue_that_nobody_tried()
    {
        var world = SimulatedWorld.Of(300, 4);
        var records = RecordBook.Of(world.Log);
        foreach (var attempt in world.Fixes.TakeLast(20).Select(fix => fix.Attempt))
        {
            var (withheld, fresh) = (Vector(attempt), Vector(attempt with { Issue = "brand new" }));
            FeatureSchema.WithholdIssue(withheld);
            Assert.Equal(fresh, withheld, (one, other) => Math.Abs(one - other) < 1e-12);
        }

        double[] Vector(Witan.Fixes.Attempt attempt)
        {
            var features = new double[FeatureSchema.Core.Count];
            FeatureExtractor.Extract(records, attempt, FeatureSchema.Core, features);
            return features;
        }
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
