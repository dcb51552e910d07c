using Microsoft.Playwright;

namespace GrainAnalytics.Browser.Tests.Support;

/// <summary>Somebody with a browser of their own: nothing stored at first. Pages that report an error fail the test at its end.</summary>
internal sealed class Visitor : IAsyncDisposable
{
    private readonly List<string> _errors = [];

    private Visitor(IBrowserContext context)
    {
        Context = context;
        context.SetDefaultTimeout((float)World.Patience.TotalMilliseconds);
        context.WebError += (_, error) => _errors.Add(error.Error);
    }

    public IBrowserContext Context { get; }

    public static async Task<Visitor> ComeAsync(World world, BrowserNewContextOptions? options = null) => new(await world.Browser.NewContextAsync(options));

    /// <summary>Opens an address in a new tab.</summary>
    public async Task<IPage> OpenAsync(string url)
    {
        var page = await Context.NewPageAsync();
        await page.GotoAsync(url);
        return page;
    }

    /// <summary>The name by which this browser is known.</summary>
    public static Task<string> IdAsync(IPage page) => page.EvaluateAsync<string>("localStorage.ga_id");

    /// <summary>Waits until the server answered for everything that a page has sent.</summary>
    public static async Task SentAsync(IPage page)
    {
        // A view is sent up to 300 ms after its page or route began; a timer that is due later than that one runs after it.
        await page.EvaluateAsync("new Promise(done => setTimeout(done, 310))");
        await page.WaitForFunctionAsync("Object.keys(localStorage).every(key => !key.startsWith('ga_q'))", null, new() { PollingInterval = 20 });
    }

    public async ValueTask DisposeAsync()
    {
        await Context.DisposeAsync();
        Assert.Empty(_errors);
    }
}
