using CsCheck;
using Witan.Fixes;
using Witan.Tests.Intelligence;

namespace Witan.Tests.Fixes;

public sealed class PolicyTests
{
    private static readonly Policy Default = new();

    [Theory]
    [InlineData(0.00, Decision.Escalate)]
    [InlineData(0.5999999, Decision.Escalate)]
    [InlineData(0.60, Decision.Review)]
    [InlineData(0.8499999, Decision.Review)]
    [InlineData(0.85, Decision.AutoApply)]
    [InlineData(1.00, Decision.AutoApply)]
    public void Without_an_objection_the_score_alone_decides(double confidence, Decision expected)
    {
        var verdict = Decide(confidence);

        Assert.Equal(expected, verdict.Decision);
        Assert.Null(verdict.Rule);
        Assert.NotEmpty(verdict.Reason);
    }

    [Fact]
    public void Without_any_outcome_in_the_fleet_a_fix_is_reviewed()
    {
        var verdict = Default.Decide(Given.Attempt(), null, comparableOutcomes: 0, recentAttempts: 0);

        Assert.Equal((Decision.Review, "no_outcomes"), (verdict.Decision, verdict.Rule));
    }

    [Fact]
    public void A_confidence_that_is_not_a_number_is_never_applied() =>
        Assert.NotEqual(Decision.AutoApply, Decide(double.NaN).Decision);

    [Theory]
    [InlineData(400, 0, null)]
    [InlineData(200, 200, null)]
    [InlineData(401, 0, "change_size")]
    [InlineData(200, 201, "change_size")]
    [InlineData(null, 401, "change_size")]
    [InlineData(401, null, "change_size")]
    [InlineData(null, null, null)]
    [InlineData(int.MaxValue, int.MaxValue, "change_size")]
    public void More_than_400_changed_lines_are_reviewed(int? added, int? deleted, string? rule) =>
        AssertRule(rule, Decide(0.99, changes: new(1, added, deleted, [])));

    [Theory]
    [InlineData(3, null)]
    [InlineData(4, "recent_attempts")]
    public void A_fourth_recent_attempt_is_the_first_that_is_reviewed(int recentAttempts, string? rule) =>
        AssertRule(rule, Decide(0.99, recent: recentAttempts));

    [Theory]
    [InlineData(0, "few_comparable_outcomes")]
    [InlineData(29, "few_comparable_outcomes")]
    [InlineData(30, null)]
    public void Fewer_than_30_comparable_outcomes_are_reviewed(int comparable, string? rule) =>
        AssertRule(rule, Decide(0.99, comparable: comparable));

    [Theory]
    [InlineData("code_patch", ".github/workflows/ci.yml", "protected_path")]
    [InlineData("dependency_fix", ".github/workflows/ci.yml", "protected_path")]
    [InlineData("code_patch", "web/package-lock.json", "protected_path")]
    [InlineData("Dependency_Fix", "web/package-lock.json", "protected_path")]
    [InlineData("dependency_fix", "web/package-lock.json", null)]
    [InlineData("code_patch", "src/engine.cs", null)]
    public void Protected_paths_are_reviewed_and_lock_files_too_unless_dependencies_are_what_is_fixed(string strategy, string path, string? rule) =>
        AssertRule(rule, Decide(0.99, strategy, new(2, 1, 1, ["README.md", path])));

    [Fact]
    public void The_reason_names_the_path_as_it_was_sent()
    {
        var verdict = Decide(0.99, changes: new(1, 1, 1, [@"src\..\.ENV"]));

        Assert.Contains(@"src\..\.ENV", verdict.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.59, Decision.Escalate)]
    [InlineData(0.70, Decision.Review)]
    public void A_rule_is_named_only_where_it_changed_the_decision(double confidence, Decision expected)
    {
        var verdict = Decide(confidence, changes: new(1, 999, 0, [".env"]), comparable: 0, recent: 9);

        Assert.Equal((expected, null), (verdict.Decision, verdict.Rule));
    }

    [Fact]
    public void Every_threshold_is_an_option()
    {
        var strict = new Policy
        {
            AutoApply = 0.95, Review = 0.9, MaxChangedLines = 10, MaxRecentAttempts = 0, MinComparableOutcomes = 0,
            ProtectedPaths = new(["docs/**"]), LockFiles = new([]),
        };

        Assert.Equal(Decision.Escalate, strict.Decide(Given.Attempt(), 0.89, 0, 0).Decision);
        Assert.Equal(Decision.Review, strict.Decide(Given.Attempt(), 0.94, 0, 0).Decision);
        Assert.Equal(Decision.AutoApply, strict.Decide(Given.Attempt(), 0.95, 0, 0).Decision);
        Assert.Equal("recent_attempts", strict.Decide(Given.Attempt(), 0.95, 0, 1).Rule);
        Assert.Equal("change_size", strict.Decide(Changing(11, "a.lock"), 0.95, 0, 0).Rule);
        Assert.Null(strict.Decide(Changing(10, ".env"), 0.95, 0, 0).Rule);
        Assert.Equal("protected_path", strict.Decide(Changing(1, "docs/a.md"), 0.95, 0, 0).Rule);
    }

    [Fact]
    public void Recent_attempts_are_those_of_one_day() => Assert.Equal(TimeSpan.FromDays(1), Policy.AttemptWindow);

    [Fact]
    public void No_rule_makes_a_decision_bolder_than_the_score()
    {
        var paths = Gen.OneOf([".env", "src/a.cs", "yarn.lock", "db/migrations/1.sql"]);
        var cases = Gen.Select(Gen.Int[0, 100], Gen.Int[0, 500], paths, Gen.Int[0, 40], Gen.Int[0, 6]);

        cases.Holds(c =>
        {
            var (confidence, lines, path, comparable, recent) = (c.Item1 / 100.0, c.Item2, c.Item3, c.Item4, c.Item5);
            var byScore = confidence >= 0.85 ? Decision.AutoApply : confidence >= 0.60 ? Decision.Review : Decision.Escalate;
            var verdict = Default.Decide(Changing(lines, path), confidence, comparable, recent);
            Assert.True(verdict.Decision >= byScore, $"{verdict.Decision} is bolder than {byScore}");
        });
    }

    private static Attempt Changing(int lines, string path) => Given.Attempt() with { Changes = new(1, lines, 0, [path]) };

    private static Verdict Decide(double confidence, string strategy = "code_patch", ChangeSize? changes = null, int comparable = 30, int recent = 3) =>
        Default.Decide(Given.Attempt() with { Strategy = strategy, Changes = changes }, confidence, comparable, recent);

    private static void AssertRule(string? rule, Verdict verdict)
    {
        Assert.Equal(rule, verdict.Rule);
        Assert.Equal(rule is null ? Decision.AutoApply : Decision.Review, verdict.Decision);
    }
}
