using System.Text.RegularExpressions;
using Witan.Intelligence.Training;
using Witan.Tests.Intelligence.Models;

namespace Witan.Tests.Intelligence.Training;

public sealed class TrainingProgressTests
{
    private static readonly TrainingOptions Options = new() { Kinds = TrainingOptions.QuickKinds };
    private static readonly OutcomeHistory History = new(SimulatedWorld.Of(250, 12).Log);

    private static readonly Lazy<List<TrainingProgress>> Told = new(() =>
    {
        var steps = new Steps();
        Trainer.Train(History, Options, steps, CancellationToken.None);
        return steps.Told;
    });

    [Fact]
    public void Every_step_is_named_in_the_order_in_which_they_are_done()
    {
        Assert.Equal(
            ["extracting features", "out-of-time scores", "fitting on all outcomes", "bootstrap intervals", "done"],
            Told.Value.Select(Phase).Distinct());
        Assert.Equal(
            from block in new[] { 1, 2, 3, 4 } from kind in new[] { "logistic", "boosted" } select $"out-of-time scores, block {block} of 4: {kind}",
            Told.Value.Select(step => step.Step).Where(step => step.StartsWith("out-of-time", StringComparison.Ordinal)));
        Assert.Equal(
            ["constant", "heuristic", "track-record", "logistic", "boosted", "ensemble"],
            Told.Value.Where(step => Phase(step) == "bootstrap intervals").Select(step => step.Step.Split(": ")[1]));
        Assert.Equal(new TrainingProgress("done", 1), Told.Value[^1]);
    }

    [Fact]
    public void Within_a_step_more_and_more_is_done()
    {
        Assert.All(Told.Value, step => Assert.InRange(step.Fraction, 0, 1));
        Assert.All(Told.Value.GroupBy(Phase), phase =>
        {
            Assert.Equal(phase.Select(step => step.Fraction).Order(), phase.Select(step => step.Fraction));
            Assert.Distinct(phase.Select(step => step.Fraction));
        });
    }

    [Fact]
    public void It_stops_wherever_it_is_told_to_before_another_step_is_done()
    {
        var all = new Steps();
        Trainer.Train(History, TrainedModel.Quick, all, TestContext.Current.CancellationToken);
        for (var at = 0; at < all.Told.Count - 2; at++) // in the last one there is nothing left to stop
        {
            using var stop = new CancellationTokenSource();
            var told = new Steps { Tell = count => stop.CancelIf(count == at + 1) };

            Assert.ThrowsAny<OperationCanceledException>(() => Trainer.Train(History, TrainedModel.Quick, told, stop.Token));
            Assert.InRange(told.Told.Count, at + 1, at + 2);
        }
    }

    [Fact]
    public void It_does_not_begin_when_it_was_stopped_before()
    {
        var steps = new Steps();

        Assert.ThrowsAny<OperationCanceledException>(() => Trainer.Train(History, Options, steps, new CancellationToken(canceled: true)));

        Assert.True(steps.Told.Count <= 2);
    }

    [Fact]
    public void Without_anybody_to_tell_it_trains_the_same()
    {
        var (told, untold) = (Trainer.Train(History, Options, new Steps(), TestContext.Current.CancellationToken), Trainer.Train(History, Options, null, TestContext.Current.CancellationToken));

        Assert.Equal(told.Artefacts.Select(artefact => artefact.ToJson()), untold.Artefacts.Select(artefact => artefact.ToJson()));
    }

    private static string Phase(TrainingProgress step) => Regex.Match(step.Step, "^[^:,]*").Value;

    private sealed class Steps : IProgress<TrainingProgress>
    {
        public List<TrainingProgress> Told { get; } = [];

        public Action<int> Tell { get; init; } = _ => { };

        public void Report(TrainingProgress value)
        {
            Told.Add(value);
            Tell(Told.Count);
        }
    }
}

file static class Stopping
{
    public static void CancelIf(this CancellationTokenSource source, bool now)
    {
        if (now)
            source.Cancel();
    }
}
