using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Witan.Client;

namespace Witan.Server.Tests.Verbs;

public sealed class ServeTests
{
    [Fact]
    public async Task A_port_that_is_in_use_is_told_with_the_remedy()
    {
        using var witan = new WitanProcess();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
        var run = await witan.RunAsync("serve", "--urls", $"http://127.0.0.1:{port}");
        run.FailsWith(port, "in use", "--urls");
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task A_signal_ends_it_with_exit_code_0_and_nothing_is_lost(string signal)
    {
        Assert.SkipWhen(signal == "INT" && IgnoresInterrupts(), "The test run itself ignores SIGINT, and so do its children.");
        using var witan = new WitanProcess();
        using var serving = await witan.ServeAsync();
        using var client = new WitanClient(serving.Url);
        var stored = new List<Guid>();
        var writers = Enumerable.Range(0, 8).Select(w => Task.Run(async () =>
        {
            try
            {
                while (true)
                {
                    var id = (await client.ProposeAsync(new() { AgentId = $"agent-{w}", FixStrategy = "code_patch" })).Id!.Value;
                    lock (stored)
                        stored.Add(id);
                }
            }
            catch (HttpRequestException)
            {
                // The server has gone.
            }
        })).ToList();
        while (Count() < 200)
            await Task.Yield();

        (await serving.EndBySignalAsync(signal)).Succeeds();
        await Task.WhenAll(writers);
        Assert.False(File.Exists(witan.Database + "-wal"));

        using var again = await witan.ServeAsync();
        using var reader = new WitanClient(again.Url);
        foreach (var id in stored)
            Assert.Equal(id, (await reader.GetFixAsync(id, TestContext.Current.CancellationToken)).Id);
        (await again.EndBySignalAsync("TERM")).Succeeds();

        int Count()
        {
            lock (stored)
                return stored.Count;
        }
    }

    [Fact]
    public async Task A_training_does_not_keep_it_from_ending_and_is_told_to_have_failed()
    {
        using var witan = new WitanProcess();
        (await witan.RunAsync("import", witan.Write("history.ndjson", Fleet.History(6_000)))).Succeeds();
        using var serving = await witan.ServeAsync();
        using var client = new WitanClient(serving.Url);
        var training = Assert.Single((await UntilAsync(() => client.ListTrainingsAsync(cancel: TestContext.Current.CancellationToken), page => page.Trainings.Count > 0)).Trainings);
        Assert.Equal(("running", "the first 6000 outcomes are known"), (training.Status, training.Reason));

        (await serving.EndBySignalAsync("TERM")).Succeeds();

        using var again = await witan.ServeAsync();
        using var reader = new WitanClient(again.Url);
        var ended = await reader.GetTrainingAsync(training.Id, TestContext.Current.CancellationToken);
        Assert.Equal(("failed", "The server stopped before it was done."), (ended.Status, ended.Message));
        (await again.EndBySignalAsync("TERM")).Succeeds();

        static async Task<T> UntilAsync<T>(Func<Task<T>> read, Func<T, bool> isThere)
        {
            for (var reads = 0; reads < 100_000; reads++)
            {
                if (await read() is { } value && isThere(value))
                    return value;
            }
            throw new InvalidOperationException("It never came.");
        }
    }

    [Fact]
    public async Task Serving_is_what_it_does_when_nothing_is_said()
    {
        using var witan = new WitanProcess();
        var run = await witan.RunAsync("--urls", "http://0.0.0.0:1");
        run.FailsWith("urls: ");
    }

    // Bit 2 of the ignored signals: shells start background jobs so.
    private static bool IgnoresInterrupts() =>
        (Convert.ToUInt64(File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))[8..].Trim(), 16) & 2) != 0;
}
