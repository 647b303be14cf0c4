using Witan.Fixes;
using Witan.Tests.Intelligence;

namespace Witan.Tests.Fixes;

public sealed class ChangeSizeTests
{
    [Theory]
    [InlineData(null, null, null)]
    [InlineData(0, null, 0L)]
    [InlineData(null, 7, 7L)]
    [InlineData(3, 4, 7L)]
    [InlineData(int.MaxValue, int.MaxValue, 4294967294L)]
    public void Lines_are_added_and_deleted_together_and_unknown_is_not_none(int? added, int? deleted, long? lines) =>
        Assert.Equal(lines, new ChangeSize(1, added, deleted, []).Lines);

    [Fact]
    public void An_attempt_has_no_attributes_unless_some_were_sent() => Assert.Empty(Given.Attempt().Attributes);
}
