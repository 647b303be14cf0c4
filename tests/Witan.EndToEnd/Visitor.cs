using Witan.EndToEnd.Pages;

namespace Witan.EndToEnd;

/// <summary>Somebody who looks at a server in a browser of their own, where everything that goes wrong in their page is noted.</summary>
internal sealed class Visitor : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _messages = [];
    private readonly List<string> _complaints = [];
    private readonly List<string> _expected = [];

    private Visitor(IBrowserContext context, IPage page)
    {
        (_context, Page) = (context, page);
        page.Console += (_, message) => Note($"{message.Type}: {message.Text}", message.Type is "error" or "warning");
        page.PageError += (_, error) => Note($"page error: {error}", true);
        page.Crash += (_, _) => Note("the page crashed", true);
    }

    public IPage Page { get; }

    public Shell Shell => new(Page);

    public static async Task<Visitor> ComeAsync(IBrowser browser, Uri server, BrowserNewContextOptions? how = null)
    {
        var options = how ?? new();
        options.BaseURL = server.AbsoluteUri;
        options.ReducedMotion ??= ReducedMotion.Reduce;
        options.ViewportSize ??= new() { Width = 1280, Height = 900 };
        var context = await browser.NewContextAsync(options);
        return new(context, await context.NewPageAsync());
    }

    /// <summary>Opens an address, and waits until the page shows what it has to show.</summary>
    public async Task GoAsync(string address)
    {
        await Page.GotoAsync(address);
        await Shell.SettlesAsync();
    }

    /// <summary>Loads the page again.</summary>
    public async Task ReloadAsync()
    {
        await Page.ReloadAsync();
        await Shell.SettlesAsync();
    }

    /// <summary>Says that messages with these words are part of the test.</summary>
    public void Expects(string words) => _expected.Add(words);

    /// <summary>Everything that the page said in the console.</summary>
    public IReadOnlyList<string> Messages
    {
        get
        {
            lock (_messages)
                return [.. _messages];
        }
    }

    /// <summary>What went wrong and no test expects.</summary>
    public IReadOnlyList<string> Complaints
    {
        get
        {
            lock (_messages)
                return [.. _complaints.Where(complaint => !_expected.Any(words => complaint.Contains(words, StringComparison.Ordinal)))];
        }
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private void Note(string message, bool isComplaint)
    {
        lock (_messages)
        {
            _messages.Add(message);
            if (isComplaint)
                _complaints.Add(message);
        }
    }
}
