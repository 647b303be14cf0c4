using Witan.Client;
using Witan.Server.Tests.Collaborations;

namespace Witan.Server.Tests.Experiments;

/// <summary>Which experiments there are, how they are listed, and what is refused.</summary>
public sealed class NamedExperimentTests(OneServer one) : IClassFixture<OneServer>
{
    private readonly WitanServer _server = one.Server;

    [Theory]
    [InlineData("ml")]
    [InlineData("x-vs-y")]
    [InlineData("ml-vs-ml")]
    [InlineData("ml-vs-")]
    [InlineData("-vs-heuristic")]
    [InlineData("ml-vs-model-99")]
    [InlineData("ML-vs-heuristic")]
    [InlineData("ml-vs-heuristic-vs-ml")]
    public async Task An_unknown_one_is_404_and_the_message_says_which_arms_there_are(string name)
    {
        foreach (var answer in new[] { await _server.GetAsync($"/experiments/{name}"), await _server.SetModeAsync("""{"mode":"live"}""", name) })
        {
            Assert.Equal((404, "not_found"), (answer.Status, answer.Code));
            Assert.Contains($"\"{name}\". Name one first-vs-second, of two different arms among ml, heuristic, track-record.", answer["detail"].GetString(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("ml-vs-track-record")]
    [InlineData("heuristic-vs-track-record")]
    [InlineData("track-record-vs-heuristic")]
    [InlineData("heuristic-vs-ml")]
    public async Task Any_pair_of_arms_may_be_asked_for(string name)
    {
        var experiment = await _server.ExperimentAsync(name);

        Assert.Equal(name.Split("-vs-"), experiment.Arms.Select(arm => arm.Arm));
        Assert.Equal(ExperimentMode.Shadow, experiment.Mode);
    }

    [Theory]
    [InlineData("""{}""", "mode")]
    [InlineData("""{"mode":null}""", "mode")]
    [InlineData("""{"mode":"x"}""", "mode")]
    [InlineData("""{"mode":"Live"}""", "mode")]
    [InlineData("""{"mode":1}""", "mode")]
    [InlineData("""{"mode":"live","share":0}""", "share")]
    [InlineData("""{"mode":"live","share":1}""", "share")]
    [InlineData("""{"mode":"live","share":2}""", "share")]
    [InlineData("""{"mode":"live","share":-0.1}""", "share")]
    [InlineData("""{"mode":"live","share":"0.5"}""", "share")]
    [InlineData("""{"mode":"live","share":1e999}""", "share")]
    [InlineData("""{"mode":"shadow","share":0.5}""", "share")]
    [InlineData("""{"mode":"live","part":0.5}""", "part")]
    [InlineData("""{"mode":"live","name":"x"}""", "name")]
    public Task A_bad_change_is_400_and_names_its_field(string body, string field) =>
        _server.RefusedAsync(400, "validation_failed", () => _server.SetModeAsync(body), field);

    [Fact]
    public async Task The_list_has_the_built_in_one_and_those_that_were_changed()
    {
        await using var server = await WitanServer.StartAsync();
        var page = await server.GetAsync("/experiments");
        Assert.Equal(["experiments", "nextCursor"], page.Keys);
        Assert.Equal(Laboratory.BuiltIn, Assert.Single(page.As<ExperimentPage>().Experiments).Name);

        await server.GoLiveAsync(0.5, "track-record-vs-heuristic");
        await server.SetModeAsync("""{"mode":"shadow"}""", "track-record-vs-heuristic");
        await server.GoLiveAsync(0.25, "heuristic-vs-ml");
        await server.ExperimentAsync("ml-vs-track-record"); // looking is no change
        await server.SetModeAsync("""{"mode":"shadow"}""", "ml-vs-track-record"); // nor is this

        var walked = await server.WalkAsync("/experiments", "experiments", limit: 1);
        Assert.Equal([("heuristic-vs-ml", "live"), (Laboratory.BuiltIn, "shadow"), ("track-record-vs-heuristic", "shadow")],
            walked.Select(e => (e.GetProperty("name").GetString()!, e.GetProperty("mode").GetString()!)));
        Assert.Equal((await server.GetAsync("/experiments/heuristic-vs-ml")).Text, walked[0].GetRawText());
    }

    [Fact]
    public async Task Limits_and_cursors_are_held_to()
    {
        await _server.HasLimitsAsync("/experiments", "experiments");
        Assert.Equal("mode", Assert.Single((await _server.GetAsync("/experiments?mode=live"))["errors"].EnumerateArray()).GetProperty("field").GetString());
        Assert.Equal(400, (await _server.GetAsync($"/experiments/{Laboratory.BuiltIn}?limit=1")).Status);
    }
}
