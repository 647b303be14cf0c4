using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Witan.Server.Tests.Docs;

/// <summary>docs/api.md says what a server really answers.</summary>
public sealed partial class ApiDocTests(OneServer one) : IClassFixture<OneServer>
{
    [Fact]
    public async Task Every_example_is_answered_as_documented()
    {
        var names = new Dictionary<string, string>();
        var wrong = new List<string>();
        foreach (var example in ApiDoc.Examples())
        {
            var answer = await SendAsync(example, names);
            wrong.AddRange(Differences(example, answer, names).Select(difference => $"docs/api.md:{example.Line}: {difference}"));
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Every_noun_has_an_example()
    {
        var shown = ApiDoc.Examples().Select(example => $"{example.Method} {Regex.Replace(example.Path.Replace(Conversation.Prefix, "", StringComparison.Ordinal), @"\{[a-z]+\}|\?.*", "")}").ToList();
        Assert.All(new[]
        {
            "POST /auto-fixes", "POST /auto-fixes/batch", "POST /auto-fixes//outcome", "GET /auto-fixes", "GET /auto-fixes/", "POST /learnings", "POST /collaborations",
            "POST /collaborations//votes", "GET /collaborations//consensus", "GET /stats", "POST /policy/dry-run", "GET /experiments/ml-vs-heuristic", "POST /experiments/ml-vs-heuristic", "POST /models/train", "GET /models/trainings/", "GET /health/ready",
        }, call => Assert.Contains(call, shown));
        Assert.Contains(shown, call => call.StartsWith("GET /agents/", StringComparison.Ordinal));
    }

    [Fact]
    public void The_table_of_codes_is_that_of_the_code()
    {
        var inCode = House.Sources().SelectMany(source => CodeOfProblem().Matches(source.Text)).ToList();
        var documented = ApiDoc.Codes();

        Assert.Equal(inCode.Select(m => m.Groups[2].Value).Distinct().Order(StringComparer.Ordinal), documented.Keys.Order(StringComparer.Ordinal));
        Assert.All(inCode.Where(m => m.Groups[1].Success), m => Assert.Equal(m.Groups[1].Value, $"{documented[m.Groups[2].Value]}"));
    }

    [Fact]
    public void It_is_short_enough_to_read() => Assert.InRange(ApiDoc.Text.Count(c => c == '\n'), 100, 280);

    private async Task<Answer> SendAsync(Example example, Dictionary<string, string> names)
    {
        Answer answer;
        do
        {
            using var request = new HttpRequestMessage(new(example.Method), ApiDoc.Filled(example.Path, names));
            if (example.Body is { } body)
                request.Content = new StringContent(ApiDoc.Filled(body, names), new MediaTypeHeaderValue(example.Headers.GetValueOrDefault("Content-Type", "application/json")));
            foreach (var (name, value) in example.Headers)
                request.Headers.TryAddWithoutValidation(name, ApiDoc.Filled(value, names));
            answer = await one.Server.SendAsync(request);
        }
        while (example.Path.Contains("/trainings/", StringComparison.Ordinal) && answer["status"].GetString() == "running");
        return answer;
    }

    private static IEnumerable<string> Differences(Example example, Answer answer, Dictionary<string, string> names)
    {
        if (answer.Status != example.Status)
            return [$"the status is {answer.Status}, not {example.Status}: {answer.Text}"];
        var wrong = new List<string>();
        if (example.Answer is { } json)
            wrong.AddRange(ApiDoc.Differences(JsonElement.Parse(json), answer.Json, names));
        else if (answer.Bytes.Length > 0)
            wrong.Add($"the answer has a body: {answer.Text}");
        foreach (var (name, shown) in example.AnswerHeaders)
        {
            var real = answer.Headers.TryGetValues(name, out var values) || answer.ContentHeaders.TryGetValues(name, out values) ? string.Join(", ", values) : "";
            if (!ApiDoc.Same(shown, real, names))
                wrong.Add($"{name} is {real}, not {shown}");
        }
        return wrong;
    }

    [GeneratedRegex("""(?:\b([45]\d\d), |\bRefused?\(|\bnew\(status, [^"]*"[a-z_]+" : )"([a-z_]+)"(?=[,)])""")]
    private static partial Regex CodeOfProblem();
}
