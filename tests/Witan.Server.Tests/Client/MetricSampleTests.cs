using Witan.Client;

namespace Witan.Server.Tests.Client;

/// <summary>Reading Prometheus's text, as a server sends it and as others may.</summary>
public sealed class MetricSampleTests
{
    [Fact]
    public async Task A_number_is_read_with_its_name_and_its_labels()
    {
        var samples = await ReadAsync("""
            # HELP requests_total Requests.
            # TYPE requests_total counter
            requests_total{method="GET",route="/agents/{id}",status="200"} 17
            up 1
            spare{} 2
            latest{a="b",} 3.5e-3
            """);

        Assert.Equal(["requests_total", "up", "spare", "latest"], samples.Select(sample => sample.Name));
        Assert.Equal([17, 1, 2, 0.0035], samples.Select(sample => sample.Value));
        Assert.Equal(new Dictionary<string, string> { ["method"] = "GET", ["route"] = "/agents/{id}", ["status"] = "200" }, samples[0].Labels);
        Assert.Empty(samples[1].Labels);
        Assert.Empty(samples[2].Labels);
        Assert.Equal(new Dictionary<string, string> { ["a"] = "b" }, samples[3].Labels);
    }

    [Theory]
    [InlineData("""a\\b""", """a\b""")]
    [InlineData("say \\\"no\\\"", "say \"no\"")]
    [InlineData("""one\ntwo""", "one\ntwo")]
    [InlineData("""\\n""", """\n""")]
    [InlineData("a,b=\\\"c\\\"} 5", "a,b=\"c\"} 5")]
    [InlineData("# no comment", "# no comment")]
    [InlineData("größer", "größer")]
    [InlineData("", "")]
    public async Task What_a_label_says_is_freed_of_its_escapes(string written, string meant)
    {
        var sample = Assert.Single(await ReadAsync($"x{{before=\"1\",label=\"{written}\",after=\"2\"}} 4"));

        Assert.Equal(("x", meant, "1", "2", 4.0), (sample.Name, sample.Labels["label"], sample.Labels["before"], sample.Labels["after"], sample.Value));
    }

    [Theory]
    [InlineData("+Inf", double.PositiveInfinity)]
    [InlineData("-Inf", double.NegativeInfinity)]
    [InlineData("NaN", double.NaN)]
    [InlineData("0", 0)]
    [InlineData("-0.25", -0.25)]
    [InlineData("1e300", 1e300)]
    [InlineData("12 1782381231000", 12)]
    [InlineData("12 # {trace_id=\"ab\"} 0.7 1782381231.5", 12)]
    [InlineData("  12  ", 12)]
    public async Task Every_number_is_read_whatever_follows_it(string written, double value)
    {
        Assert.Equal(value, Assert.Single(await ReadAsync($"x_bucket{{le=\"+Inf\"}} {written}")).Value);
        Assert.Equal(value, Assert.Single(await ReadAsync($"x {written}")).Value);
    }

    [Theory]
    [InlineData("x")]
    [InlineData("x twelve")]
    [InlineData("x{a=\"b\"}")]
    [InlineData("x{a=\"b\" 5")]
    [InlineData("x{a=b} 5")]
    [InlineData("x{a=\"b")]
    [InlineData("x{")]
    [InlineData("{a=\"b\"} 5")]
    [InlineData(" 5")]
    [InlineData("")]
    [InlineData("# EOF")]
    [InlineData("<html>")]
    public async Task A_line_that_is_no_number_is_passed_over(string line) =>
        Assert.Equal(["before", "after"], (await ReadAsync($"before 1\n{line}\nafter 2\n")).Select(sample => sample.Name));

    [Fact]
    public async Task Lines_may_end_as_on_Windows() =>
        Assert.Equal([("a", 1.0), ("b", 2.0)], (await ReadAsync("a 1\r\nb{c=\"d\"} 2\r\n\r\n")).Select(sample => (sample.Name, sample.Value)));

    [Fact]
    public async Task What_a_server_measures_is_read_whole()
    {
        await using var server = await WitanServer.StartAsync();
        await server.ProposeAsync(Some.Fix("a"));
        var text = (await server.SendAsync(new(HttpMethod.Get, "/metrics"))).Text;

        var samples = await server.Client.GetMetricsAsync(TestContext.Current.CancellationToken);

        Assert.InRange(samples.Count, text.Split('\n').Count(line => line.Length > 0 && line[0] != '#'), int.MaxValue);
        Assert.Contains(samples, sample => sample.Name == "http_requests_total" && sample.Labels["method"] == "POST" && sample.Labels["status"] == "201" && sample.Value >= 1);
        Assert.Contains(samples, sample => sample.Name == "http_request_duration_ms_bucket" && sample.Labels["le"] == "+Inf");
    }

    private static async Task<IReadOnlyList<MetricSample>> ReadAsync(string text)
    {
        using var server = new ScriptedServer(new ScriptedAnswer(200, text, "text/plain"));
        using var client = server.Client();
        var samples = await client.GetMetricsAsync(TestContext.Current.CancellationToken);
        Assert.Equal("http://witan.test/metrics", server.Requests[0].RequestUri!.ToString());
        return samples;
    }
}
