using System.Text.Json;
using Witan.Client;

namespace Witan.Server.Tests.Fixes;

/// <summary>Every filter of the list, alone and in pairs.</summary>
public sealed class ListFilterTests(ListedFixes listed) : IClassFixture<ListedFixes>
{
    private static readonly DateTimeOffset Middle = ListedFixes.First.AddMinutes(10);

    private static readonly (string Query, Func<AutoFix, bool> Holds)[] Filters =
    [
        ("agentId=good", fix => fix.AgentId == "good"),
        ("agentId=nobody", _ => false),
        ("fixStrategy=own%20way%2F1", fix => fix.FixStrategy == "own way/1"),
        ("success=true", fix => fix.Success == true),
        ("success=false", fix => fix.Success == false),
        ("decision=auto_apply", fix => fix.Decision == FixDecision.AutoApply),
        ("decision=review", fix => fix.Decision == FixDecision.Review),
        ("decision=escalate", fix => fix.Decision == FixDecision.Escalate),
        ("status=decided", fix => fix.Status == FixState.Decided),
        ("status=applied", fix => fix.Status == FixState.Applied),
        ("status=rejected", fix => fix.Status == FixState.Rejected),
        ("status=succeeded", fix => fix.Status == FixState.Succeeded),
        ("status=failed", fix => fix.Status == FixState.Failed),
        ("status=rolled_back", fix => fix.Status == FixState.RolledBack),
        ("status=expired", fix => fix.Status == FixState.Expired),
        ("repository=django%2Fdjango", fix => fix.Repository == "django/django"),
        ("repository=%C3%96RG/repo", fix => fix.Repository == "ÖRG/repo"),
        ("issue=issue-1", fix => fix.Issue == "issue-1"),
        ("domain=front%20end", fix => fix.Domain == "front end"),
        ("domain=front+end", fix => fix.Domain == "front end"),
        ($"since={Middle:yyyy-MM-ddTHH:mm:ssZ}", fix => fix.ProposedAt >= Middle),
        ($"until={Middle:yyyy-MM-ddTHH:mm:ssZ}", fix => fix.ProposedAt < Middle),
        ("q=TYPEerror", fix => Says(fix, "typeerror")),
        ("q=issue-2", fix => Says(fix, "issue-2")),
        ("q=DJANGO/", fix => Says(fix, "django/")),
        ("q=%C3%A4rger", fix => Says(fix, "ärger")),
        ("q=%C3%B6rg", fix => Says(fix, "örg")),
        ("q=STRA%C3%9FE", fix => Says(fix, "straße")),
        ("q=%25", fix => Says(fix, "%")),
        ("q=0%25%20w", fix => Says(fix, "0% w")),
        ("q=_", fix => Says(fix, "_")),
        ("q=snake_case", fix => Says(fix, "snake_case")),
        ("q=!", fix => Says(fix, "!")),
    ];

    public static TheoryData<string> Queries => [.. Filters.Select(filter => filter.Query)];

    [Theory]
    [MemberData(nameof(Queries))]
    public async Task A_filter_keeps_what_it_says_newest_first(string query)
    {
        var holds = Filters.First(filter => filter.Query == query).Holds;

        Assert.Equal(listed.All.Where(holds).Select(fix => fix.Id), await IdsAsync(query));
    }

    [Fact]
    public async Task Every_filter_but_those_of_nobody_and_of_expired_fixes_has_something_to_keep_and_to_leave()
    {
        Assert.Equal(listed.All.Select(fix => fix.Id), await IdsAsync("limit=200"));
        foreach (var (query, holds) in Filters.Where(filter => filter.Query is not ("agentId=nobody" or "status=expired")))
            Assert.True(listed.All.Any(holds) && !listed.All.All(holds), query);
    }

    [Fact]
    public async Task Of_two_filters_both_must_hold()
    {
        foreach (var (i, (first, holdsFirst)) in Filters.Index())
        {
            foreach (var (second, holdsSecond) in Filters.Skip(i + 1).Where(other => Name(other.Query) != Name(first)))
            {
                var expected = listed.All.Where(fix => holdsFirst(fix) && holdsSecond(fix)).Select(fix => fix.Id);
                Assert.Equal(expected, await IdsAsync($"{first}&{second}"));
            }
        }
    }

    [Fact]
    public async Task Since_is_inclusive_and_until_exclusive_to_the_microsecond()
    {
        var moment = listed.All[listed.All.Count / 2].ProposedAt;
        var text = WitanTime.Format(moment);
        var next = WitanTime.Format(moment.AddMicroseconds(1));

        Assert.Equal(listed.All.Where(fix => fix.ProposedAt == moment).Select(fix => fix.Id), await IdsAsync($"since={text}&until={next}"));
        Assert.Empty(await IdsAsync($"since={text}&until={text}"));
    }

    private static bool Says(AutoFix fix, string text) =>
        new[] { fix.Issue, fix.Repository, fix.Error }.Any(said => said?.Contains(text, StringComparison.InvariantCultureIgnoreCase) == true);

    private static string Name(string query) => query[..query.IndexOf('=', StringComparison.Ordinal)];

    private async Task<IEnumerable<Guid>> IdsAsync(string query)
    {
        var page = await listed.Server.GetAsync($"/auto-fixes?{(query.Contains("limit", StringComparison.Ordinal) ? query : query + "&limit=200")}");
        Assert.True(page.Status == 200, page.Text);
        Assert.Equal(JsonValueKind.Null, page["nextCursor"].ValueKind);
        return page.As<AutoFixPage>().AutoFixes.Select(fix => fix.Id);
    }
}
