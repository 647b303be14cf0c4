using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>The page of judgement: scorers, how true their numbers are, and what another threshold would do.</summary>
public sealed class JudgementTests(Stage stage) : BrowserTest(stage)
{
    private const string Champion = "model-1";

    private JudgementPage _judgement = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        var visitor = await VisitAsync();
        await visitor.GoAsync("/judgement");
        _judgement = new(visitor.Page);
    }

    [Fact]
    public async Task What_a_threshold_would_do_is_the_point_of_the_models_curve_and_follows_the_slider()
    {
        var curve = (await Demo.Client.GetModelCurvesAsync(Champion, Cancel)).RiskCoverage;
        var policy = await Demo.Client.GetPolicyAsync(Cancel);
        await Assertions.Expect(_judgement.WhatIf).ToHaveTextAsync(Words(curve, policy.AutoApply!.Value));

        foreach (var threshold in new[] { 0.6, 0.95, 0.72 })
        {
            await _judgement.MoveAsync(threshold);
            await Assertions.Expect(_judgement.WhatIf).ToHaveTextAsync(Words(curve, threshold));
            await Assertions.Expect(_judgement.Chart).ToHaveAttributeAsync("aria-label", new System.Text.RegularExpressions.Regex($"^At the threshold {threshold:0.00}, "));
        }
        Assert.Equal(4, new[] { policy.AutoApply.Value, 0.6, 0.95, 0.72 }.Select(threshold => Words(curve, threshold)).Distinct().Count());
    }

    [Fact]
    public async Task The_slider_is_moved_by_keys()
    {
        await _judgement.MoveAsync(0.8);
        var before = await _judgement.WhatIf.InnerTextAsync();
        await _judgement.Threshold.FocusAsync();
        for (var i = 0; i < 5; i++)
            await _judgement.Threshold.PressAsync("ArrowRight");
        await Assertions.Expect(_judgement.Threshold).ToHaveValueAsync("0.85");
        await Assertions.Expect(_judgement.WhatIf).Not.ToHaveTextAsync(before);
    }

    [Fact]
    public async Task Every_scorer_stands_in_the_table_and_the_champion_is_told_apart()
    {
        var models = (await Demo.Client.ListModelsAsync(cancel: Cancel)).Models;
        await Assertions.Expect(_judgement.Scorers).ToHaveCountAsync(models.Count);
        await Assertions.Expect(_judgement.Scorers.Filter(new() { HasText = "champion" })).ToHaveCountAsync(1);
        await Assertions.Expect(_judgement.Scorers.Filter(new() { HasText = "champion" })).ToContainTextAsync(Champion);
    }

    [Fact]
    public async Task The_drawing_of_reliability_has_a_point_for_each_bin_with_fixes()
    {
        var curves = await Demo.Client.GetModelCurvesAsync(Champion, Cancel);
        await Assertions.Expect(_judgement.Reliability.Locator("circle")).ToHaveCountAsync(curves.Reliability.Count(bin => bin.N > 0));
        await Assertions.Expect(_judgement.Importance).ToHaveCountAsync(Math.Min(10, curves.Importance.Count));
    }

    private static string Words(IReadOnlyList<CurvePoint> curve, double threshold)
    {
        var point = curve.OrderBy(point => point.Threshold).First(point => point.Threshold >= threshold);
        return $"{Text.Percent(point.Coverage)} would be applied without asking (n = {Text.Count(point.N)}); {Text.Percent(point.FailureRate)} of them failed ({Text.Interval(point.Low, point.High)}).";
    }
}
