using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>The form that asks without leaving a trace.</summary>
public sealed class AskTests(Stage stage) : BrowserTest(stage)
{
    private Visitor _visitor = null!;
    private AskPage _ask = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _visitor = await VisitAsync();
        await _visitor.GoAsync("/ask");
        _ask = new(_visitor.Page);
    }

    [Fact]
    public async Task It_shows_the_decision_with_its_probability_and_its_factors_and_nothing_is_stored()
    {
        var before = await Demo.Client.GetStatsAsync(Cancel);
        var expected = await Demo.Client.AskAsync(new() { AgentId = Records.Agent, FixStrategy = "code_patch", Issue = "django__django-14017", Repository = "django/django", Changes = new() { LinesAdded = 7 } }, Cancel);

        await _ask.AskAsync(("Agent", Records.Agent), ("Strategy", "code_patch"), ("Issue", "django__django-14017"), ("Repository", "django/django"), ("Lines changed", "7"));

        await Assertions.Expect(_ask.Answer.GetByRole(AriaRole.Heading)).ToContainTextAsync(expected.Decision switch { FixDecision.AutoApply => "auto apply", FixDecision.Review => "review", _ => "escalate" });
        await Assertions.Expect(_ask.Answer.GetByRole(AriaRole.Heading)).ToContainTextAsync(Text.Percent(expected.Confidence));
        await Assertions.Expect(_ask.Answer).ToContainTextAsync(expected.Reason!);
        await Assertions.Expect(_ask.Factors).ToHaveCountAsync(expected.Factors.Count);
        Assert.NotEmpty(expected.Factors);
        var after = await Demo.Client.GetStatsAsync(Cancel);
        Assert.Equal((before.Fixes, before.Agents), (after.Fixes, after.Agents));
    }

    [Fact]
    public async Task Another_question_gets_another_answer()
    {
        await _ask.AskAsync(("Agent", Records.Agent), ("Strategy", "code_patch"));
        await Assertions.Expect(_ask.Answer).ToBeVisibleAsync();
        var first = await _ask.Answer.InnerTextAsync();
        await _ask.AskAsync(("Agent", "20231010_rag_claude2"));
        await Assertions.Expect(_ask.Answer).Not.ToHaveTextAsync(first, new() { UseInnerText = true });
    }

    [Fact]
    public async Task What_the_API_refuses_is_shown_with_the_name_of_the_field()
    {
        _visitor.Expects("status of 400");
        await _ask.AskAsync(("Agent", "claude-code"), ("Strategy", new string('x', 101)));
        await Assertions.Expect(_visitor.Shell.Failures).ToContainTextAsync("fixStrategy: is longer than 100 characters");

        await _ask.AskAsync(("Strategy", "code_patch"));
        await Assertions.Expect(_ask.Answer).ToBeVisibleAsync();
        await Assertions.Expect(_visitor.Shell.Failures).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_required_field_that_is_empty_is_pointed_at_and_nothing_is_asked()
    {
        var asked = 0;
        await _visitor.Page.RouteAsync("**/confidence", route =>
        {
            asked++;
            return route.ContinueAsync();
        });
        await _ask.AskAsync(("Strategy", "code_patch"));
        await Assertions.Expect(_ask.Field("Agent")).ToBeFocusedAsync();
        Assert.Equal(0, asked);
    }
}
