using Microsoft.Extensions.Time.Testing;

namespace Witan.Server.Tests.Platform.Caching;

/// <summary>Reads and writes that meet.</summary>
public sealed class SameTimeTests : IAsyncLifetime
{
    private static readonly string List = $"{Conversation.Prefix}/auto-fixes?agentId=ada";

    private WitanServer _server = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await WitanServer.StartAsync(new FakeTimeProvider(OneServer.Start));
        await _server.TeachAsync("ada", successes: 3);
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task A_hundred_who_ask_the_same_at_once_make_one_load()
    {
        var (held, misses) = (_server.HoldNextRead(), _server.Misses());
        var first = _server.GetAsync(List);
        await held.HasRead;
        var count = new ReadCount(_server);
        var others = Enumerable.Range(0, 99).Select(_ => _server.GetAsync(List)).ToList();
        await PassAsync();
        held.GoOn();

        var answers = await Task.WhenAll([first, .. others]);

        Assert.All(answers, answer => Assert.Equal((200, answers[0].Text), (answer.Status, answer.Text)));
        Assert.Equal(misses + 1, _server.Misses());
        Assert.InRange(count.Count, 0, 20); // what the server reads by itself may come between
        Assert.Equal(99, answers.Count(answer => answer.IsHit()));
        Assert.True(_server.Hits("shared_load") > 0);
    }

    /// <summary>The race that a cache is most easily wrong in, and the control for it: the slow read does come back with what was before.</summary>
    [Fact]
    public async Task A_read_that_a_write_has_overtaken_answers_nobody_who_asks_after_the_write()
    {
        var before = (await _server.GetAsync($"{List}&limit=200")).Text;
        var held = _server.HoldNextRead();
        var slow = _server.GetAsync(List);
        await held.HasRead;

        await _server.TeachAsync("ada", successes: 1);
        var meanwhile = await _server.GetAsync(List);
        var again = await _server.GetAsync(List);
        held.GoOn();
        var old = await slow;
        var after = await _server.GetAsync(List);

        Assert.Equal((3, 4), (Fixes(old), Fixes(meanwhile)));
        Assert.Equal(before, old.Text);
        Assert.Equal((meanwhile.Text, meanwhile.Text), (again.Text, after.Text));
        Assert.Equal(("witan; fwd=miss; stored", "witan; fwd=miss; stored", true, true), (old.CacheStatus(), meanwhile.CacheStatus(), again.IsHit(), after.IsHit()));
    }

    [Fact]
    public async Task Who_asks_after_a_write_shares_one_load_although_an_older_one_is_under_way()
    {
        var old = _server.HoldNextRead();
        var slow = _server.GetAsync(List);
        await old.HasRead;
        await _server.TeachAsync("ada", successes: 1);
        var (held, misses) = (_server.HoldNextRead(), _server.Misses());
        var first = _server.GetAsync(List);
        await held.HasRead;
        var others = Enumerable.Range(0, 20).Select(_ => _server.GetAsync(List)).ToList();
        await PassAsync();
        held.GoOn();

        Assert.All(await Task.WhenAll([first, .. others]), answer => Assert.Equal(4, Fixes(answer)));
        Assert.Equal(misses + 1, _server.Misses());
        old.GoOn();
        Assert.Equal(3, Fixes(await slow));
        Assert.True((await _server.GetAsync(List)) is var last && last.IsHit() && Fixes(last) == 4);
    }

    /// <summary>One fix takes two reads: the first is held up while the one who asked goes away, and the second is not made for nobody.</summary>
    [Fact]
    public async Task When_the_one_who_makes_the_load_goes_away_another_makes_it()
    {
        var fix = await _server.ProposeAsync(Some.Fix("ada"));
        var path = $"{Conversation.Prefix}/auto-fixes/{fix.Id}";
        for (var round = 0; round < 50; round++)
        {
            await _server.ReportAsync(fix.Id, new { success = true, durationMs = 1 }); // the first one changes it
            await _server.SetStatusAsync(fix.Id, new { status = "applied", by = "a" });
            var target = $"{path}{(round == 0 ? "" : $"?")}{new string('&', round)}"; // the same fix, by a target that nobody has asked for
            var (held, misses) = (_server.HoldNextRead(), _server.Misses());
            using var leaving = new CancellationTokenSource();
            var leader = _server.Http.GetAsync(target, leaving.Token);
            await held.HasRead;
            var others = Enumerable.Range(0, 10).Select(_ => _server.GetAsync(target)).ToList();
            await PassAsync();
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leader);
            await PassAsync();
            held.GoOn();

            Assert.All(await Task.WhenAll(others), answer => Assert.Equal((200, fix.Id), (answer.Status, answer.Id)));
            if (_server.Misses() == misses + 2)
                return; // the load was begun again, by one of the others
            Assert.Equal(misses + 1, _server.Misses());
        }
        Assert.Fail("In no round did the server notice in time that the first one had gone.");
    }

    [Fact]
    public async Task Those_who_wait_for_what_is_not_there_are_told_so()
    {
        var path = $"{Conversation.Prefix}/auto-fixes/{Guid.NewGuid()}";
        var held = _server.HoldNextRead();
        var first = _server.GetAsync(path);
        await held.HasRead;
        var others = Enumerable.Range(0, 10).Select(_ => _server.GetAsync(path)).ToList();
        await PassAsync();
        held.GoOn();

        Assert.All(await Task.WhenAll([first, .. others]), answer => Assert.Equal((404, ""), (answer.Status, answer.CacheStatus())));
    }

    // Some requests later, those that were sent before have come in, as far as anything tells.
    private async Task PassAsync()
    {
        for (var i = 0; i < 30; i++)
            await _server.GetAsync("/nothing");
    }

    private static int Fixes(Answer answer) => answer["autoFixes"].GetArrayLength();
}
