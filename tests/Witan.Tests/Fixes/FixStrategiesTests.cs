using Witan.Fixes;

namespace Witan.Tests.Fixes;

public sealed class FixStrategiesTests
{
    [Theory]
    [InlineData("performance", 0)]
    [InlineData("code_patch", 1)]
    [InlineData("config_update", 2)]
    [InlineData("type_annotation", 3)]
    [InlineData("accessibility", 4)]
    [InlineData("dependency_fix", 5)]
    [InlineData("Performance", null)]
    [InlineData(" performance", null)]
    [InlineData("rewrite_everything", null)]
    [InlineData("", null)]
    public void Six_strategies_have_a_code_and_any_other_text_has_none(string strategy, int? code) =>
        Assert.Equal(code, FixStrategies.CodeOf(strategy));

    [Fact]
    public void The_strategy_that_may_touch_lock_files_is_one_of_the_six() => Assert.NotNull(FixStrategies.CodeOf(FixStrategies.DependencyFix));
}
