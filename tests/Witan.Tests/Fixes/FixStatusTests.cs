using Witan.Fixes;

namespace Witan.Tests.Fixes;

public sealed class FixStatusTests
{
    private static readonly (FixStatus From, FixStatus To)[] Legal =
    [
        (FixStatus.Decided, FixStatus.Applied),
        (FixStatus.Decided, FixStatus.Rejected),
        (FixStatus.Expired, FixStatus.Applied),
        (FixStatus.Expired, FixStatus.Rejected),
        (FixStatus.Approved, FixStatus.Applied),
        (FixStatus.Approved, FixStatus.Rejected),
        (FixStatus.Decided, FixStatus.Approved),
        (FixStatus.Decided, FixStatus.Expired),
    ];

    [Fact]
    public void A_fix_is_applied_or_rejected_until_that_or_its_outcome_is_known_and_a_vote_moves_it_only_once()
    {
        foreach (var from in Enum.GetValues<FixStatus>())
        {
            foreach (var to in Enum.GetValues<FixStatus>())
                Assert.True(from.MayBecome(to) == Legal.Contains((from, to)), $"{from} to {to}");
        }
    }

    [Theory]
    [InlineData(FixStatus.Decided, true)]
    [InlineData(FixStatus.Applied, true)]
    [InlineData(FixStatus.Expired, true)]
    [InlineData(FixStatus.Approved, true)]
    [InlineData(FixStatus.Rejected, false)]
    [InlineData(FixStatus.Succeeded, false)]
    [InlineData(FixStatus.Failed, false)]
    [InlineData(FixStatus.RolledBack, false)]
    public void An_outcome_may_be_reported_while_the_fix_is_open(FixStatus status, bool open) => Assert.Equal(open, status.IsOpen());
}
