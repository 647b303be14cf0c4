using Witan.Intelligence.TrackRecords;

namespace Witan.Tests.Intelligence.TrackRecords;

public class TieTests
{
    [Theory]
    [InlineData(1000, 2000)]
    [InlineData(2000, 1000)]
    public void Outcomes_of_one_moment_give_the_rate_that_they_have(int failures, int successes)
    {
        var events = Enumerable.Range(1, failures + successes).Select(n => Given.Outcome(n, Given.Attempt(), 1) with { Success = n <= successes });
        var standing = RecordBook.Of(events).AsOf(Level.Agent, Given.Attempt(), Given.At(9));

        Assert.Equal((double)successes / (failures + successes), standing.WeightedSuccesses / standing.Weight, 1e-9);
    }
}
