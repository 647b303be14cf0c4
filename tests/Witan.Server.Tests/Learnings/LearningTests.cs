using System.Globalization;
using Witan.Client;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Learnings;

/// <summary>A learning is reported, reported again, and read.</summary>
public sealed class LearningTests(OneServer one) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = one.Server;

    [Fact]
    public async Task A_new_pattern_is_created_where_its_location_says()
    {
        var report = new LearningReport
        {
            Pattern = "orm:lazy-load.n_plus-1", Problem = "One query per row", Solution = "Join", CodeExample = ".Include(x)", AgentDomains = ["backend", "data", "backend"],
            EsaLayers = [3, 1, 3], DiscoveredBy = "ada", Confidence = 0.8, Repository = "a/b",
        };
        var answer = await _server.PostAsync("/learnings", report);

        Assert.Equal(201, answer.Status);
        Assert.Equal($"{Conversation.Prefix}/learnings/{Uri.EscapeDataString(report.Pattern)}", answer.Location);
        var read = await _server.GetAsync(answer.Location!);
        Assert.Equal((200, answer.Text), (read.Status, read.Text));
        var learning = read.As<Learning>();
        Assert.Equal(["backend", "data"], learning.AgentDomains);
        Assert.Equal([1, 3], learning.EsaLayers);
        Assert.Equal(("One query per row", "Join", ".Include(x)", "ada", "a/b", 0.8), (learning.Problem, learning.Solution, learning.CodeExample, learning.DiscoveredBy, learning.Repository, learning.Confidence));
        Assert.Equal((0L, 0L, 0L, 0L), (learning.TimesApplied, learning.Successes, learning.Failures, learning.Reinforcements));
        Assert.Equal((OneServer.Start, OneServer.Start), (learning.CreatedAt, learning.UpdatedAt));
        Assert.Null(learning.ValidatedAt);
        Assert.Equal("ada", (await _server.AgentAsync("ada")).Id);
    }

    [Fact]
    public async Task Absent_fields_are_written_as_null_and_the_claim_is_one_half()
    {
        var answer = await _server.PostAsync("/learnings", """{"pattern":"bare","problem":"p","solution":"s","agentDomains":["d"],"discoveredBy":"a"}""");

        Assert.Equal(201, answer.Status);
        Assert.Equal(0.5, answer["confidence"].GetDouble());
        Assert.Empty(answer["esaLayers"].EnumerateArray());
        foreach (var name in new[] { "codeExample", "repository", "validatedAt" })
            Assert.Equal(System.Text.Json.JsonValueKind.Null, answer[name].ValueKind);
        Assert.Contains("relatedPatterns", answer.Keys);
    }

    [Fact]
    public async Task The_same_pattern_again_reinforces_it()
    {
        await _server.LearnAsync(Council.Lesson("known", "first", 0.5, "The first words", "backend", "api") with { EsaLayers = [2] });
        var answer = await _server.PostAsync("/learnings", Council.Lesson("known", "second", 0.01, "Other words", "web", "api") with { EsaLayers = [1, 2], CodeExample = "x" });

        Assert.Equal((200, null), (answer.Status, answer.Location));
        var learning = answer.As<Learning>();
        Assert.Equal(answer.Text, (await _server.GetAsync("/learnings/known")).Text);
        Assert.Equal(["backend", "api", "web"], learning.AgentDomains);
        Assert.Equal([1, 2], learning.EsaLayers);
        Assert.Equal(("The first words", "first", 1L), (learning.Problem, learning.DiscoveredBy, learning.Reinforcements));
        Assert.Equal(3 / 5.0, learning.Confidence, 12); // the claim is worth 4 uses, the report another one
        Assert.Equal("second", (await _server.AgentAsync("second")).Id);
    }

    [Fact]
    public async Task Reports_of_one_pattern_at_once_make_one_learning()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => _server.PostAsync("/learnings", Council.Lesson("at-once", $"by-{i}"))));

        Assert.Equal(1, answers.Count(a => a.Status == 201));
        Assert.Equal(31, answers.Count(a => a.Status == 200));
        Assert.Equal(31, (await _server.LearningAsync("at-once")).Reinforcements);
    }

    [Fact]
    public async Task A_retry_with_the_same_key_reinforces_nothing()
    {
        var first = await _server.PostAsync("/learnings", Council.Lesson("keyed"), "learning-key");
        var again = await _server.PostAsync("/learnings", Council.Lesson("keyed"), "learning-key");

        Assert.Equal((201, first.Text, first.Location), (again.Status, again.Text, again.Location));
        Assert.Equal(0, (await _server.LearningAsync("keyed")).Reinforcements);
    }

    [Fact]
    public async Task Learnings_with_words_in_common_are_related()
    {
        await _server.LearnAsync(Council.Lesson("semaphore-timeout-a", problem: "Semaphore acquisition timeout exhausted", domains: "sync"));
        await _server.LearnAsync(Council.Lesson("semaphore-timeout-b", problem: "Semaphore acquisition timeout exhausted", domains: "sync"));

        Assert.Contains("semaphore-timeout-a", (await _server.LearningAsync("semaphore-timeout-b")).RelatedPatterns);
        Assert.DoesNotContain("semaphore-timeout-b", (await _server.LearningAsync("semaphore-timeout-b")).RelatedPatterns);
    }

    [Fact]
    public async Task An_unknown_pattern_is_404() => await _server.RefusedAsync(404, "not_found", () => _server.GetAsync("/learnings/never-seen"));

    [Theory]
    [InlineData("confidence", "1.7")]
    [InlineData("confidence", "-0.0001")]
    [InlineData("confidence", "1e999")]
    [InlineData("confidence", "NaN")]
    [InlineData("confidence", "\"0.5\"")]
    [InlineData("agentDomains", "[]")]
    [InlineData("agentDomains", "null")]
    [InlineData("agentDomains", "\"backend\"")]
    [InlineData("agentDomains[0]", "[\"\"]")]
    [InlineData("agentDomains[1]", "[\"a\",null]")]
    [InlineData("agentDomains[0]", "[7]")]
    [InlineData("esaLayers", "[-1]")]
    [InlineData("esaLayers", "[1001]")]
    [InlineData("esaLayers[0]", "[1.5]")]
    [InlineData("pattern", "\"\"")]
    [InlineData("pattern", "\"with space\"")]
    [InlineData("pattern", "\"a/b\"")]
    [InlineData("pattern", "\"-begins\"")]
    [InlineData("pattern", "\"line\\n\"")]
    [InlineData("pattern", "\"ümlaut\"")]
    [InlineData("pattern", "\"nul\\u0000\"")]
    [InlineData("pattern", "null")]
    [InlineData("problem", "\"\"")]
    [InlineData("problem", "\"  \"")]
    [InlineData("problem", "\"a\\u0000b\"")]
    [InlineData("problem", "\"\\ud800\"")]
    [InlineData("solution", "\"\"")]
    [InlineData("solution", "5")]
    [InlineData("discoveredBy", "\"\"")]
    [InlineData("discoveredBy", "\"a\\tb\"")]
    [InlineData("repository", "\" \"")]
    [InlineData("expertise", "0.9")]
    [InlineData("timesApplied", "100")]
    public async Task Bad_input_names_its_field_and_changes_nothing(string field, string value)
    {
        var parts = new Dictionary<string, string> { ["pattern"] = "\"bad-input\"", ["problem"] = "\"p\"", ["solution"] = "\"s\"", ["agentDomains"] = "[\"d\"]", ["discoveredBy"] = "\"nobody-yet\"" };
        parts[field.Split('[')[0]] = value;
        var body = "{" + string.Join(',', parts.Select(p => $"\"{p.Key}\":{p.Value}")) + "}";

        var answer = await _server.RefusedAsync(400, "validation_failed", () => _server.PostAsync("/learnings", body), value == "NaN" ? null : field);
        Assert.NotEmpty(answer["errors"].EnumerateArray());

    }

    [Theory]
    [InlineData("pattern")]
    [InlineData("problem")]
    [InlineData("solution")]
    [InlineData("agentDomains")]
    [InlineData("discoveredBy")]
    public async Task What_is_required_is_required(string missing)
    {
        var parts = new Dictionary<string, object> { ["pattern"] = "incomplete", ["problem"] = "p", ["solution"] = "s", ["agentDomains"] = new[] { "d" }, ["discoveredBy"] = "nobody-yet" };
        parts.Remove(missing);
        await _server.RefusedAsync(400, "validation_failed", () => _server.PostAsync("/learnings", (object)parts), missing);
    }

    [Theory]
    [InlineData("pattern", 201)]
    [InlineData("problem", 20_001)]
    [InlineData("solution", 20_001)]
    [InlineData("codeExample", 20_001)]
    [InlineData("discoveredBy", 201)]
    public async Task What_is_too_long_is_refused_and_one_less_is_taken(string field, int length)
    {
        Dictionary<string, object> Body(int characters) => new()
        {
            ["pattern"] = $"long-{field}", ["problem"] = "p", ["solution"] = "s", ["agentDomains"] = new[] { "d" }, ["discoveredBy"] = "writer", [field] = new string('x', characters),
        };
        await _server.RefusedAsync(400, "validation_failed", () => _server.PostAsync("/learnings", Body(length)), field);
        Assert.Equal(201, (await _server.PostAsync("/learnings", Body(length - 1))).Status);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(1.0)]
    [InlineData(5e-324)]
    [InlineData(1e-300)]
    [InlineData(1e-9)]
    [InlineData(0.99999999999999989)]
    public async Task Any_claim_from_0_to_1_is_taken_and_never_spoils_an_answer(double claim)
    {
        var name = "claim-" + claim.ToString("R", CultureInfo.InvariantCulture).Replace("E-", "e", StringComparison.Ordinal);
        await _server.LearnAsync(Council.Lesson(name, confidence: claim, domains: "claims"));
        await _server.LearnAsync(Council.Lesson(name + "-too", confidence: claim, domains: "claims"));

        Assert.Equal(claim, (await _server.LearningAsync(name)).Confidence, 12);
        Assert.Equal(200, (await _server.PostAsync("/confidence", Some.Fix("asks") with { Domain = "claims" })).Status);
    }
}
