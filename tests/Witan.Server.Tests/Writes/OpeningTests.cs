using Witan.Server.Storage;

namespace Witan.Server.Tests.Writes;

/// <summary>What a group of writes has to know is read when its transaction begins, and never before what it depends on was written.</summary>
public sealed class OpeningTests
{
    private readonly WriteOperation<string, long> _count = async (session, inputs) =>
    {
        var read = await session.ReadAsync(inputs, () => new Agents());
        return [.. inputs.Select(_ => read.Count.Rows[0])];
    };

    private readonly WriteOperation<string, int> _add = async (session, inputs) =>
    {
        foreach (var name in inputs)
            await session.RunAsync("INSERT INTO agents (id, name, kind, domains, layers, status, first_seen, last_seen) SELECT @0, name, kind, domains, layers, status, first_seen, last_seen FROM agents WHERE id = 'first'", name);
        return [.. inputs.Select(_ => 0)];
    };

    private int _asked;

    [Fact]
    public async Task The_writes_that_a_transaction_begins_with_are_read_for_once_and_together()
    {
        await using var server = await StartAsync();

        var counted = await InOneTransactionAsync(server, writes => [writes.RunAsync(_count, "a"), writes.RunAsync(_count, "b")]);

        Assert.Equal([1, 1], counted);
        Assert.Equal(1, _asked);
    }

    [Fact]
    public async Task What_comes_later_in_a_transaction_knows_what_came_before_it()
    {
        await using var server = await StartAsync();

        var counted = await InOneTransactionAsync(server, writes =>
            [writes.RunAsync(_count, "a"), AddedAsync(writes, "second"), writes.RunAsync(_count, "b"), AddedAsync(writes, "third"), writes.RunAsync(_count, "c")]);

        Assert.Equal([1, 0, 2, 0, 3], counted);
        Assert.Equal(1, _asked); // the others asked in their turn
    }

    [Fact]
    public async Task A_read_that_fails_fails_its_writes_and_no_others()
    {
        await using var server = await StartAsync();
        WriteOperation<string, long> bad = async (session, inputs) => [(await session.ReadAsync(inputs, () => new Agents("nowhere"))).Count.Rows[0]];
        server.Room<WriteQueue>().BeginWith(bad, _ => new Agents("nowhere"));

        var results = await InOneTransactionAsync(server, writes => [OrMinusOneAsync(writes.RunAsync(bad, "a")), AddedAsync(writes, "second"), writes.RunAsync(_count, "b")]);

        Assert.Equal([-1, 0, 2], results);
    }

    private async Task<WitanServer> StartAsync()
    {
        var server = await WitanServer.StartAsync();
        await server.ProposeAsync(Some.Fix("first"));
        server.Room<WriteQueue>().BeginWith(_count, _ =>
        {
            _asked++;
            return new Agents();
        });
        return server;
    }

    // What is asked for while the writer is busy shares the next transaction.
    private static async Task<long[]> InOneTransactionAsync(WitanServer server, Func<WriteQueue, Task<long>[]> ask)
    {
        var writes = server.Room<WriteQueue>();
        var (begun, goOn) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        WriteOperation<int, int> wait = async (_, inputs) =>
        {
            begun.TrySetResult();
            await goOn.Task;
            return [.. inputs];
        };
        var before = writes.RunAsync(wait, 0);
        await begun.Task;
        var asked = ask(writes);
        goOn.SetResult();
        await before;
        return await Task.WhenAll(asked);
    }

    private async Task<long> AddedAsync(WriteQueue writes, string name) => await writes.RunAsync(_add, name);

    private static async Task<long> OrMinusOneAsync(Task<long> task)
    {
        try
        {
            return await task;
        }
        catch (System.Data.Common.DbException)
        {
            return -1;
        }
    }

    private sealed class Agents(string table = "agents") : IReads
    {
        public Question<long> Count { get; } = new($"SELECT count(*) FROM {table}");

        public IReadOnlyList<Question> Questions => [Count];
    }
}
