namespace Witan.Server.Tests.Platform.Http;

/// <summary>What has not changed need not be sent again.</summary>
public sealed class EntityTagTests : IAsyncLifetime
{
    private WitanServer _server = null!;
    private Answer _fix = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync();
        await _server.TeachAsync("tagged", successes: 2);
        _fix = await _server.PostAsync("/auto-fixes", Some.Fix("tagged"));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("/auto-fixes")]
    [InlineData("/auto-fixes?agentId=tagged&limit=1")]
    [InlineData("/auto-fixes/{fix}")]
    [InlineData("/agents")]
    [InlineData("/agents/tagged")]
    [InlineData("/models")]
    [InlineData("/models/heuristic")]
    [InlineData("/experiments")]
    [InlineData("/experiments/ml-vs-heuristic")]
    public async Task Every_read_has_a_tag_and_is_not_sent_to_whoever_has_it(string path)
    {
        path = path.Replace("{fix}", $"{_fix.Id}", StringComparison.Ordinal);
        var first = await _server.GetAsync(path);
        Assert.NotNull(first.ETag);

        foreach (var known in new[] { first.ETag, $"W/{first.ETag}", $"\"other\", {first.ETag}", "*" })
        {
            var second = await _server.GetAsync(path, known);
            Assert.Equal((304, 0), (second.Status, second.Bytes.Length));
            Assert.Equal(first.ETag, second.ETag);
        }
        var third = await _server.GetAsync(path, "\"other\"");
        Assert.Equal((200, first.Text, first.ETag), (third.Status, third.Text, third.ETag));
    }

    [Fact]
    public async Task A_write_changes_the_tags_of_what_it_touches_and_no_other()
    {
        var paths = new[] { $"/auto-fixes/{_fix.Id}", "/auto-fixes", "/agents/tagged", "/agents" };
        var before = await TagsAsync(paths);
        var models = (await _server.GetAsync("/models")).ETag;

        await _server.ReportAsync(_fix.Id, """{"success":true,"durationMs":5}""");

        var after = await TagsAsync(paths);
        Assert.All(paths.Index(), path => Assert.NotEqual(before[path.Index], after[path.Index]));
        Assert.Equal(models, (await _server.GetAsync("/models")).ETag);
        Assert.Equal(200, (await _server.GetAsync(paths[0], before[0])).Status);
    }

    [Fact]
    public async Task A_problem_has_no_tag()
    {
        var answer = await _server.GetAsync("/agents/nobody", "*");

        Assert.Equal(404, answer.Status);
        Assert.Null(answer.ETag);
    }

    private async Task<List<string?>> TagsAsync(string[] paths)
    {
        var tags = new List<string?>();
        foreach (var path in paths)
            tags.Add((await _server.GetAsync(path)).ETag);
        return tags;
    }
}
