using Witan.Intelligence.Models;
using Witan.Intelligence.TrackRecords;
using Witan.Intelligence.Training;
using Witan.Tests.Intelligence.Models;

namespace Witan.Tests.Intelligence.Training;

public sealed class DeterminismTests
{
    private static readonly SimulatedWorld World = SimulatedWorld.Of(300, 31);
    private static readonly TrainingOptions EveryKind = new();

    private static readonly Lazy<IReadOnlyList<string>> Trained = new(() => Train(World.Log, EveryKind));
    private static readonly Lazy<IReadOnlyList<string>> TrainedInAnotherOrder = new(() => Train(Given.Arriving(World.Fixes, 1), EveryKind));

    public static TheoryData<int> Kinds => [.. Enumerable.Range(0, ModelKinds.All.Count)];

    [Fact]
    public void The_same_history_gives_the_same_bytes() => Assert.Equal(Train(World.Log), Train(World.Log));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void An_import_in_another_order_gives_the_same_bytes_of_every_kind(int kind) => Assert.Equal(Trained.Value[kind], TrainedInAnotherOrder.Value[kind]);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void An_import_in_any_order_gives_the_same_bytes(int seed) => Assert.Equal(Train(World.Log), Train(Given.Arriving(World.Fixes, seed)));

    [Fact]
    public void Fixes_that_tie_in_time_agent_and_issue_give_the_same_bytes_in_any_order()
    {
        var (fixes, options) = (DatedByTheDay(), new TrainingOptions { Kinds = TrainingOptions.QuickKinds });

        Assert.Equal(Train(Given.Arriving(fixes, 1), options), Train(Given.Arriving(fixes, 2), options));
    }

    [Fact]
    public void Fixes_that_tie_in_time_agent_and_issue_have_the_same_digest_in_any_order()
    {
        var fixes = DatedByTheDay();

        Assert.Equal(new OutcomeHistory(Given.Arriving(fixes, 1)).DataHash(), new OutcomeHistory(Given.Arriving(fixes, 2)).DataHash());
    }

    [Fact]
    public void Another_outcome_gives_other_bytes()
    {
        var fixes = World.Fixes.ToArray();
        fixes[100] = fixes[100] with { Success = !fixes[100].Success, RolledBackAt = null };

        Assert.NotEqual(Train(World.Log), Train(Given.Happening(fixes)));
    }

    // As after an import that knows only the day of each fix, and no issues: strategy, repository and attributes differ.
    private static ResolvedAttempt[] DatedByTheDay() =>
    [
        .. World.Fixes.Select(fix => new ResolvedAttempt(
            fix.Attempt with { Issue = null, ProposedAt = Day(fix.Attempt.ProposedAt) }, Day(fix.CompletedAt).AddDays(1), fix.Success, null, null)),
    ];

    private static DateTimeOffset Day(DateTimeOffset moment) => new(moment.Date, TimeSpan.Zero);

    private static string Train(IEnumerable<OutcomeEvent> log) => Train(log, TrainedModel.Quick).Single();

    private static IReadOnlyList<string> Train(IEnumerable<OutcomeEvent> log, TrainingOptions options) =>
        [.. Trainer.Train(new OutcomeHistory(log), options, null, CancellationToken.None).Artefacts.Select(artefact => artefact.ToJson())];
}
