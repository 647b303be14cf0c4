using Witan.Client;

namespace Witan.Server.Tests.Policies;

/// <summary>With a risk budget the threshold is chosen on outcomes, watched, and given up when what it let through fails.</summary>
public sealed class RiskBudgetTests : IAsyncLifetime
{
    private Budgeted _witan = null!;

    private WitanServer Server => _witan.Server;

    public async ValueTask InitializeAsync() => _witan = await Budgeted.StartAsync();

    public ValueTask DisposeAsync() => _witan.DisposeAsync();

    [Fact]
    public async Task Until_enough_is_known_nothing_is_applied_and_the_answer_says_what_is_missing()
    {
        var gate = await _witan.GateAsync(_ => true);
        Assert.Equal((null, 0, 0, 0, 0, false), (gate.Threshold, gate.Labels, gate.Above, gate.Failures, gate.Applied, gate.Broken));

        foreach (var answer in new[] { await Server.AskAsync(Some.Fix("good", "i")), await Server.ProposeAsync(Some.Fix("good", "i")) })
        {
            Assert.True(answer.Confidence > 0.85);
            Assert.Equal((FixDecision.Review, "risk_budget", gate.Reason), (answer.Decision!.Value, answer.Rule, answer.Reason));
            Assert.Equal("0 known outcomes have a score of at least 0.50; 22 more are needed to certify a failure rate of at most 10%", answer.Reason);
        }
        Assert.Equal(0.1, (await Server.GetAsync("/policy"))["riskBudget"].GetDouble());
    }

    [Fact]
    public async Task A_gate_is_chosen_applies_breaks_and_is_chosen_anew()
    {
        var round = 0;
        foreach (var size in new[] { 150, 150, 150, 150, 900 }) // in rounds, so that the scores grow with what is known; most fixes at the grown one
            await _witan.LiveThroughAsync(size, $"calibration-{round++}");
        var gate = await _witan.GateAsync(g => g.Threshold is not null);
        Assert.Equal((1_500, 0, 0, false), (gate.Labels, gate.Applied, gate.AppliedFailures, gate.Broken));
        Assert.True(gate.Above >= 1_000 && gate.Failures <= 0.1 * gate.Above);
        Assert.EndsWith("with 90% confidence at most 10% of their like do", gate.Reason, StringComparison.Ordinal);

        var (good, poor) = (await Server.ProposeAsync(Some.Fix("good", "new")), await Server.ProposeAsync(Some.Fix("poor", "new")));
        Assert.True(good.Confidence >= gate.Threshold, $"{good.Confidence} {gate.Reason}");
        Assert.Equal((FixDecision.AutoApply, null, gate.Threshold!.Value), (good.Decision!.Value, good.Rule, good.Thresholds!.AutoApply));
        Assert.True(good.Confidence >= gate.Threshold && poor.Confidence < gate.Threshold);
        Assert.NotEqual(FixDecision.AutoApply, poor.Decision);
        Assert.NotEqual("risk_budget", poor.Rule);

        await _witan.LiveThroughAsync(36, "disaster", trusted: false); // 24 of the trusted agent
        var broken = await _witan.GateAsync(g => g.Applied > 0);
        Assert.Equal((24, 24, true, gate.Threshold), (broken.Applied, broken.AppliedFailures, broken.Broken, broken.Threshold));
        var stopped = await Server.ProposeAsync(Some.Fix("good", "after"));
        Assert.Equal((FixDecision.Review, "risk_budget", 1.0), (stopped.Decision!.Value, stopped.Rule, stopped.Thresholds!.AutoApply));
        Assert.StartsWith("24 of 24 fixes that were auto-applied under the risk budget failed, which breaks it", stopped.Reason, StringComparison.Ordinal);
        Assert.Equal(stopped.Reason, broken.Reason);

        await _witan.LiveThroughAsync(600, "recovery");
        var chosen = await _witan.GateAsync(g => !g.Broken);
        Assert.Equal((2_000, 0, 0), (chosen.Labels, chosen.Applied, chosen.AppliedFailures));
        Assert.True(chosen.Threshold is not null && chosen.ChosenAt > gate.ChosenAt);
        Assert.Equal(FixDecision.AutoApply, (await Server.ProposeAsync(Some.Fix("good", "again"))).Decision);
    }

    [Fact]
    public async Task A_dry_run_chooses_a_gate_for_its_own_budget()
    {
        await _witan.LiveThroughAsync(600, "history");
        var gate = await _witan.GateAsync(g => g.Threshold is not null);
        var above = await Server.QueryAsync<long>(FormattableString.Invariant($"SELECT count(*) FROM fixes WHERE confidence >= {gate.Threshold}"));

        Assert.Equal(above, await AppliedAsync("""{"policy":{}}"""));
        Assert.Equal(above, await AppliedAsync("""{"policy":{"riskBudget":0.1}}"""));
        Assert.Equal(0, await AppliedAsync("""{"policy":{"riskBudget":0.001}}""")); // no 600 outcomes can promise that
        Assert.Equal(0, await AppliedAsync("""{"policy":{"autoApply":1}}"""));
        Assert.Equal(600, await AppliedAsync("""{"policy":{"autoApply":0,"review":0}}"""));

        async Task<long> AppliedAsync(string body)
        {
            var answer = await Server.PostAsync("/policy/dry-run", body);
            Assert.True(answer.Status == 200, answer.Text);
            return answer.As<DryRunAnswer>().Decisions.Single(d => d.Decision == FixDecision.AutoApply).Fixes;
        }
    }
}
