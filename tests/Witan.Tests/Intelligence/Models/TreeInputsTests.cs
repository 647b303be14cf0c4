using Witan.Intelligence;
using Witan.Intelligence.Features;
using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.Models;

public sealed class TreeInputsTests
{
    private static readonly FeatureSchema Schema = FeatureSchema.With([new("tested", 0.5), new("noise", 0)]);
    private static readonly List<double[]> Rows = Vectors.Newest(TrainedModel.World, 40, Schema);

    [Fact]
    public void The_inputs_are_the_logit_of_each_level_then_that_of_the_track_record_and_then_the_rest() => Assert.All(Rows, row =>
    {
        var inputs = Fill(row);

        Assert.Equal(TreeInputs.Count(Schema), inputs.Length);
        foreach (var rule in Levels.All)
            Assert.Equal(LogOdds.Of(FeatureView.Rate(row, rule.Level)), inputs[(int)rule.Level], 1e-9);
        Assert.Equal(LinearScorer.TrackRecord.Estimate(row).Logit, inputs[Levels.Count], 1e-9);
        Assert.Equal(row[(2 * Levels.Count)..], inputs[(Levels.Count + 1)..]);
    });

    [Fact]
    public void Trees_may_look_at_everything_but_the_number_of_neighbours()
    {
        var (usable, probe) = (TreeInputs.Usable(Schema), new double[Schema.Count]);
        probe[FeatureSchema.IndexOf(FeatureSchema.NeighbourCount)] = 1;

        Assert.Equal([Array.IndexOf(Fill(probe), 1)], Enumerable.Range(0, usable.Length).Where(i => !usable[i]));
    }

    [Fact]
    public void No_n_of_a_level_is_seen() => Assert.All(Levels.All, rule =>
    {
        double[] changed = [.. Rows[0]];
        changed[FeatureSchema.N(rule.Level)] += 3;

        Assert.Equal(Fill(Rows[0]), Fill(changed));
    });

    [Fact]
    public void What_the_inputs_contributed_is_given_back_in_full()
    {
        var random = new Random(3);
        foreach (var row in Rows.Append(new double[Schema.Count])) // where nothing is known there is a track record too: one half
        {
            double[] ofInputs = [.. Enumerable.Range(0, TreeInputs.Count(Schema)).Select(_ => random.NextDouble() - 0.4)];
            var contributions = Enumerable.Repeat(10.0, Schema.Count).ToArray();

            TreeInputs.AddBack(Schema, row, ofInputs, contributions);

            Assert.Equal(ofInputs.Sum(), contributions.Sum(contribution => contribution - 10), 1e-9);
        }
    }

    [Fact]
    public void What_the_track_record_contributed_belongs_to_its_lifts_by_their_size()
    {
        var row = Vectors.WithRates((Level.Fleet, 0.6, 90), (Level.Agent, 0.9, 9), (Level.AgentDomain, 0.5, 9), (Level.Strategy, 0.1, 9));
        var (ofInputs, contributions) = (new double[TreeInputs.Count(FeatureSchema.Core)], new double[FeatureSchema.Core.Count]);
        ofInputs[Levels.Count] = 2;

        TreeInputs.AddBack(FeatureSchema.Core, row, ofInputs, contributions);

        var (fleet, agent, domain) = (Lift(Level.Fleet), Lift(Level.Agent), Lift(Level.AgentDomain) / 2); // which the track record halves
        var sum = Math.Abs(fleet) + Math.Abs(agent) + Math.Abs(domain);
        Assert.Equal(2 * fleet / sum, contributions[FeatureSchema.Lift(Level.Fleet)], 1e-9);
        Assert.Equal(2 * agent / sum, contributions[FeatureSchema.Lift(Level.Agent)], 1e-9);
        Assert.Equal(2 * Math.Abs(domain) / sum, contributions[FeatureSchema.Lift(Level.AgentDomain)], 1e-9);
        Assert.Equal(0, contributions[FeatureSchema.Lift(Level.Strategy)]);

        double Lift(Level level) => row[FeatureSchema.Lift(level)];
    }

    [Fact]
    public void Every_other_input_gives_back_to_the_feature_that_it_was()
    {
        for (var feature = 2 * Levels.Count; feature < Schema.Count; feature++)
        {
            var (probe, ofInputs, contributions) = (new double[Schema.Count], new double[TreeInputs.Count(Schema)], new double[Schema.Count]);
            probe[feature] = 7;
            ofInputs[Array.LastIndexOf(Fill(probe), 7)] = 3; // before it the track record may have taken it up

            TreeInputs.AddBack(Schema, probe, ofInputs, contributions);

            Assert.Equal(feature, Array.IndexOf(contributions, 3));
            Assert.Equal(3, contributions.Sum());
        }
    }

    private static double[] Fill(double[] row)
    {
        var inputs = new double[TreeInputs.Count(Schema)];
        TreeInputs.Fill(Schema, row, inputs);
        return inputs;
    }
}
