using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Witan.Server.Tests.Docs;

namespace Witan.Server.Tests.Resilience;

/// <summary>A Prometheus of a test's own that scrapes one server every second, with the rules of deploy/.</summary>
internal sealed class OwnPrometheus : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("witan-prometheus-");
    private readonly HttpClient _http;
    private readonly Process _process;

    public OwnPrometheus(Uri server)
    {
        var (program, address) = (Programs.Find("prometheus"), string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Ports.Free()}"));
        File.Copy(Deployment.PathOf("prometheus/rules.yml"), PathOf("rules.yml"));
        File.WriteAllText(PathOf("prometheus.yml"), $$"""
            global: { scrape_interval: 1s, evaluation_interval: 1s }
            rule_files: [rules.yml]
            scrape_configs:
              - job_name: witan
                static_configs: [{ targets: ["{{server.Authority}}"] }]
            """);
        _http = new() { BaseAddress = new($"http://{address}/api/v1/") };
        _process = Process.Start(new ProcessStartInfo(program, [$"--config.file={PathOf("prometheus.yml")}", $"--storage.tsdb.path={PathOf("data")}", $"--web.listen-address={address}", "--log.level=error"])
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        _ = _process.StandardError.ReadToEndAsync();
        _ = _process.StandardOutput.ReadToEndAsync();
    }

    /// <summary>The data of an answer; null while it does not answer.</summary>
    public async Task<JsonElement?> AskAsync(string path)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri(path, UriKind.Relative));
            var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
            Assert.True(json.GetProperty("status").GetString() == "success", json.GetRawText());
            return json.GetProperty("data");
        }
        catch (Exception e) when ((e is HttpRequestException && !_process.HasExited) || e is JsonException)
        {
            return null; // it is starting
        }
    }

    /// <summary>The values that a query has now.</summary>
    public async Task<IReadOnlyList<double>> QueryAsync(string expression)
    {
        if (await AskAsync($"query?query={Uri.EscapeDataString(expression)}") is not { } data)
            return [];
        return [.. data.GetProperty("result").EnumerateArray().Select(sample => sample.GetProperty("value")[1].GetString() switch
        {
            "+Inf" => double.PositiveInfinity,
            "-Inf" => double.NegativeInfinity,
            var number => double.Parse(number!, CultureInfo.InvariantCulture),
        })];
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }
        _process.Dispose();
        _http.Dispose();
        _folder.Delete(recursive: true);
    }

    private string PathOf(string file) => Path.Combine(_folder.FullName, file);
}
