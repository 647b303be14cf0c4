using System.Diagnostics;
using Dapper;

namespace Witan.Server.Tests.Resilience;

/// <summary>kill -9 of one of two nodes on one database: what its clients repeat at the other is done once, and the other goes on at once.</summary>
[Collection(nameof(Alone))]
[Trait("Category", "Resilience")]
public sealed class NodeKillTests : IAsyncLifetime
{
    private const int Rounds = 8;
    private const int Writers = 8;

    private static readonly TimeSpan Takeover = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly WitanProcess _witan = new();
    private readonly Promises _promises = new();
    private readonly Watch _watch = new();
    private readonly Random _random = new(29);
    private readonly Seat[] _seats = [new(), new()];
    private OwnPostgres _postgres = null!;
    private int _nodes;

    public async ValueTask InitializeAsync()
    {
        _postgres = await OwnPostgres.StartAsync();
        foreach (var seat in _seats)
            await SeatAsync(seat);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var seat in _seats)
            seat.Dispose();
        await _postgres.DisposeAsync();
        _witan.Dispose();
    }

    [Fact]
    public async Task Every_write_is_done_once_when_nodes_are_killed_and_the_other_goes_on()
    {
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, Writers).Select(number => Task.Run(() => WriteAsync(number, stop.Token))).ToList();
        var (goingOn, takingOver) = (new List<TimeSpan>(), new List<TimeSpan>());
        for (var round = 0; round < Rounds; round++)
        {
            await AcknowledgesAsync(_random.Next(30, 150));
            // By turns the one with the duties, and the other.
            var leader = await WithDutiesAsync();
            var killed = _seats[round % 2 == 0 ? leader : 1 - leader];
            var survivor = _seats[round % 2 == 0 ? 1 - leader : leader];

            var since = Stopwatch.GetTimestamp();
            killed.Kill();
            goingOn.Add(await survivor.AcknowledgesOneSinceAsync(since));
            while (await _postgres.DutiesAreOfAsync() != survivor.Name)
            {
                Assert.True(Stopwatch.GetElapsedTime(since) < Patience, "nobody took the duties over");
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }
            if (round % 2 == 0)
                takingOver.Add(Stopwatch.GetElapsedTime(since));
            await SeatAsync(killed);
        }
        await AcknowledgesAsync(50);
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        await using var database = _postgres.Connect();
        Assert.Empty(await _promises.BreachesAsync(database, isSettled: true));
        _watch.HasNoComplaints();
        Assert.Equal(0, _watch.Refused);
        Assert.All(goingOn, time => Assert.InRange(time, TimeSpan.Zero, Takeover));
        Assert.All(takingOver, time => Assert.InRange(time, TimeSpan.Zero, Takeover));
        await RememberTheSameAsync(database);
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{_promises.Acknowledged} acknowledgements kept through {Rounds} kills; {_watch}; the other went on after at most {goingOn.Max().TotalSeconds:0.00} s, and took the duties over after at most {takingOver.Max().TotalSeconds:0.00} s");
    }

    /// <summary>The control: without a key the same repetitions do double what is written.</summary>
    [Fact]
    public async Task A_write_that_was_repeated_without_a_key_is_found_out()
    {
        var author = new Author(0, _promises, mayRepeat: false);
        for (var i = 0; i < 40; i++)
        {
            var write = author.Next();
            foreach (var seat in _seats)
            {
                var (status, body) = await _watch.SendAsync(seat.Http, write.ToRequest());
                if (status is 200 or 201 && seat == _seats[0])
                    write.Acknowledge(body);
            }
        }

        await using var database = _postgres.Connect();
        Assert.Contains(await _promises.BreachesAsync(database, isSettled: true), breach => breach.StartsWith("doubled: issue", StringComparison.Ordinal));
    }

    // Writes to the node of its seat, and repeats what was not acknowledged at the other.
    private async Task WriteAsync(int number, CancellationToken stop)
    {
        var author = new Author(number, _promises, mayRepeat: true);
        var (at, random) = (number % 2, new Random(number));
        while (!stop.IsCancellationRequested)
        {
            var write = author.Next();
            for (var tries = 0; ; tries++)
            {
                var (seat, began) = (_seats[at], Stopwatch.GetTimestamp());
                var (status, body) = await _watch.SendAsync(seat.Http, write.ToRequest(), mayDie: true);
                if (status is 200 or 201)
                {
                    write.Acknowledge(body);
                    seat.Acknowledged(began);
                    break;
                }
                Assert.True(tries < 1000, $"{write.Path} was never acknowledged");
                at = 1 - at;
                await Task.Delay(10, CancellationToken.None);
            }
            if (random.Next(50) == 0)
                at = 1 - at; // so that both seats are used again after a kill
        }
    }

    private async Task AcknowledgesAsync(int more)
    {
        var (wanted, since) = (_promises.Acknowledged + more, Stopwatch.GetTimestamp());
        while (_promises.Acknowledged < wanted)
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Patience, $"no {more} writes were acknowledged ({_watch}):\n{string.Join('\n', _watch.Complaints.Take(30))}");
            await Task.Delay(2);
        }
    }

    private async Task<int> WithDutiesAsync()
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            var name = await _postgres.DutiesAreOfAsync();
            if (Array.FindIndex(_seats, seat => seat.Name == name) is >= 0 and var at)
                return at;
            Assert.True(Stopwatch.GetElapsedTime(since) < Patience, $"the duties are done by {name ?? "nobody"}");
            await Task.Delay(20);
        }
    }

    private async Task SeatAsync(Seat seat)
    {
        var name = $"node-{++_nodes}";
        seat.Put(name, await _witan.ServeAsync(_postgres.DatabaseOf(name)));
    }

    // Both hold what the database holds, once a heartbeat has passed.
    private async Task RememberTheSameAsync(Npgsql.NpgsqlConnection database)
    {
        await Task.Delay(500);
        foreach (var agent in Author.Agents)
        {
            var stored = await database.ExecuteScalarAsync<int>("SELECT count(*) FROM fixes WHERE agent_id = @agent AND success IS NOT NULL", new { agent });
            var answers = await Task.WhenAll(_seats.Select(seat => _watch.SendAsync(seat.Http, Load.Question(agent))));
            Assert.All(answers, answer => Assert.Equal(stored, answer.Body.GetProperty("evidence").GetProperty("agentFixes").GetInt32()));
            Assert.Equal(answers[0].Body.GetRawText(), answers[1].Body.GetRawText());
        }
    }

    /// <summary>A place for a node: when one is killed, another takes it.</summary>
    private sealed class Seat : IDisposable
    {
        private ServingProcess? _node;
        private long _last;

        public string Name { get; private set; } = "";

        public HttpClient Http { get; private set; } = null!;

        public void Put(string name, ServingProcess node)
        {
            _node?.Dispose();
            (_node, Http, Name) = (node, Watch.ClientOf(node.Url), name);
        }

        public void Kill() => _node!.Kill();

        /// <summary>A write that was sent at a moment was acknowledged here.</summary>
        public void Acknowledged(long sent) => Volatile.Write(ref _last, sent);

        /// <summary>Waits until a write that was sent after a moment is acknowledged here, and returns how long after it that was.</summary>
        public async Task<TimeSpan> AcknowledgesOneSinceAsync(long since)
        {
            while (Volatile.Read(ref _last) <= since)
            {
                Assert.True(Stopwatch.GetElapsedTime(since) < Patience, "the other node does not go on");
                await Task.Delay(1);
            }
            return Stopwatch.GetElapsedTime(since);
        }

        public void Dispose()
        {
            _node?.Dispose();
            Http?.Dispose();
        }
    }
}
