using Witan.Collaborations;
using static Witan.Collaborations.CollaborationStatus;

namespace Witan.Tests.Collaborations;

public sealed class CollaborationLifeTests
{
    private static readonly (CollaborationStatus From, CollaborationStatus To)[] Legal =
    [
        (Planning, Executing), (Executing, Testing), (Testing, Complete),
        (Planning, Cancelled), (Executing, Cancelled), (Testing, Cancelled),
        (Planning, Expired), (Executing, Expired), (Testing, Expired),
    ];

    [Fact]
    public void It_goes_forward_a_step_at_a_time_and_may_be_cancelled_or_expire_until_it_ends()
    {
        foreach (var from in Enum.GetValues<CollaborationStatus>())
        {
            foreach (var to in Enum.GetValues<CollaborationStatus>())
                Assert.True(from.MayBecome(to) == Legal.Contains((from, to)), $"{from} to {to}");
        }
    }

    [Theory]
    [InlineData(Planning, true)]
    [InlineData(Executing, true)]
    [InlineData(Testing, true)]
    [InlineData(Complete, false)]
    [InlineData(Cancelled, false)]
    [InlineData(Expired, false)]
    public void It_is_open_until_it_ends(CollaborationStatus status, bool open) => Assert.Equal(open, status.IsOpen());
}
