using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;

namespace GrainAnalytics.Clients.Tests.Support;

/// <summary>A web site whose pages use the clients, and a browser to visit it with. It is another origin than the server's.</summary>
public sealed class PageHost : IAsyncLifetime
{
    private const float Patience = 300_000;     // ms: a machine may stand still, and other tests run beside these

    private WebApplication? _site;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        var chromium = Environment.GetEnvironmentVariable("GRAINANALYTICS_TEST_CHROMIUM") is { Length: > 0 } named ? named : "/usr/bin/chromium";
        if (!File.Exists(chromium)) throw new InvalidOperationException("These tests need Chromium: run ./test, which installs one, or set GRAINANALYTICS_TEST_CHROMIUM to one.");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _site = builder.Build();
        var types = new FileExtensionContentTypeProvider { Mappings = { [".mjs"] = "text/javascript" } };
        _site.UseStaticFiles(new StaticFileOptions { FileProvider = new PhysicalFileProvider(Places.Clients), ContentTypeProvider = types });
        await _site.StartAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = chromium, Timeout = Patience, Args = ["--no-sandbox", "--disable-blink-features=AutomationControlled"],
        });
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_site is not null) await _site.DisposeAsync();
    }

    /// <summary>Opens a page in a profile of its own, waits until it made all its calls and goes away from it when all of it has arrived.</summary>
    /// <param name="name">The page.</param>
    /// <param name="shop">Where it sends to.</param>
    /// <param name="beforeLeaving">Waited for while the page is open.</param>
    internal async Task<string> VisitAsync(string name, Shop shop, Func<Task> beforeLeaving)
    {
        // As people's browsers call themselves: some SDKs send nothing when they are driven by a program.
        var agent = $"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{_browser!.Version.Split('.')[0]}.0.0.0 Safari/537.36";
        await using var profile = await _browser.NewContextAsync(new() { UserAgent = agent, Locale = "de-DE", ViewportSize = new() { Width = 1200, Height = 800 } });
        profile.SetDefaultTimeout(Patience);
        var page = await profile.NewPageAsync();
        var said = new List<string>();
        page.Console += (_, message) => said.Add($"{message.Type}: {message.Text}");
        page.RequestFinished += (_, request) => said.Add($"{request.Method} {request.Url}");
        page.RequestFailed += (_, request) => said.Add($"{request.Method} {request.Url}: {request.Failure}");
        page.PageError += (_, error) => said.Add($"error: {error}");
        await page.GotoAsync($"{_site!.Urls.First()}/pages/{name}.html?server={Uri.EscapeDataString(shop.Front.Url)}&key={Shop.WriteKey}");
        try
        {
            await page.WaitForFunctionAsync("() => window.called");
            await beforeLeaving();
            await page.GotoAsync($"{_site!.Urls.First()}/pages/elsewhere.html");
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{e.Message} The page said:\n{string.Join('\n', said)}", e);
        }
        return string.Join('\n', said);
    }
}
