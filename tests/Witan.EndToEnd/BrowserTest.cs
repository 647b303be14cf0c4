namespace Witan.EndToEnd;

/// <summary>A test in the browser. At its end no page may have complained of anything that the test did not expect.</summary>
public abstract class BrowserTest(Stage stage) : IAsyncLifetime
{
    private readonly List<Visitor> _visitors = [];
    private readonly List<IAsyncDisposable> _owned = [];

    internal Server Demo => stage.Demo;

    internal Demo Records => stage.Records;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public virtual ValueTask InitializeAsync()
    {
        Published.Need();
        return default;
    }

    public virtual async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        var complaints = _visitors.SelectMany(visitor => visitor.Complaints).ToList();
        foreach (var visitor in _visitors)
            await visitor.DisposeAsync();
        foreach (var owned in Enumerable.Reverse(_owned))
            await owned.DisposeAsync();
        Assert.Empty(complaints);
    }

    /// <summary>Somebody new who looks at a server, the demo's where none is named.</summary>
    internal async Task<Visitor> VisitAsync(Server? server = null, BrowserNewContextOptions? how = null)
    {
        var visitor = await Visitor.ComeAsync(stage.Browser, (server ?? Demo).Url, how);
        _visitors.Add(visitor);
        return visitor;
    }

    /// <summary>A server of the test's own, empty at first.</summary>
    internal async Task<Server> OwnServerAsync(string? database = null) => Own(await Server.ServeAsync(database));

    /// <summary>Disposes of something after the test, and after its visitors have gone.</summary>
    internal T Own<T>(T owned)
        where T : IAsyncDisposable
    {
        _owned.Add(owned);
        return owned;
    }
}
