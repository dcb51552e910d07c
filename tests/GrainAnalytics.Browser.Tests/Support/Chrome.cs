using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace GrainAnalytics.Browser.Tests.Support;

/// <summary>A Chromium as people use it: its tabs hide each other and lose the keyboard, and pages come back from the back/forward
/// cache. Playwright makes every page believe that it is visible and focused, so this speaks the DevTools protocol itself.</summary>
internal sealed partial class Chrome : IAsyncDisposable
{
    private readonly Process _process;
    private readonly DirectoryInfo _profile;
    private readonly ClientWebSocket _socket = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly ConcurrentDictionary<int, TaskCompletionSource<JsonNode>> _asked = new();
    private int _last;

    private Chrome(Process process, DirectoryInfo profile) => (_process, _profile) = (process, profile);

    public static async Task<Chrome> StartAsync()
    {
        var profile = Directory.CreateTempSubdirectory("grain-analytics-chrome-");
        var start = new ProcessStartInfo(Chromium.Path) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var flag in (string[])[.. Chromium.Flags, "--headless=new", "--remote-debugging-port=0", $"--user-data-dir={profile.FullName}", "about:blank"])
            start.ArgumentList.Add(flag);
        var chrome = new Chrome(Process.Start(start)!, profile);
        chrome._process.OutputDataReceived += (_, _) => { };
        chrome._process.BeginOutputReadLine();
        string? line;
        while ((line = await chrome._process.StandardError.ReadLineAsync()) is not null)
            if (Listening().Match(line) is { Success: true } found)
            {
                _ = chrome._process.StandardError.ReadToEndAsync();
                await chrome._socket.ConnectAsync(new Uri(found.Value), default);
                _ = chrome.ListenAsync();
                return chrome;
            }
        throw new InvalidOperationException("Chromium ended before it listened.");
    }

    /// <summary>Opens a tab, in front of the others, and waits until it is seen and has the keyboard.</summary>
    public async Task<ChromeTab> OpenAsync(string url)
    {
        var target = (string)(await SendAsync("Target.createTarget", new { url = "about:blank" }))["targetId"]!;
        var session = (string)(await SendAsync("Target.attachToTarget", new { targetId = target, flatten = true }))["sessionId"]!;
        var tab = new ChromeTab(this, target, session);
        await SendAsync("Page.enable", new { }, session);
        await tab.GoAsync(url);
        await tab.SeenAsync();
        return tab;
    }

    /// <summary>Opens a tab that nobody controls: a browser prepares no pages in advance for one that is controlled.</summary>
    public Task OpenAloneAsync(string url) => SendAsync("Target.createTarget", new { url });

    /// <summary>Opens the search for tabs, a bubble that takes the keyboard and leaves the page visible; or closes it.</summary>
    public Task SearchTabsAsync(bool isOpen) => SendAsync("Browser.executeBrowserCommand", new { commandId = isOpen ? "openTabSearch" : "closeTabSearch" });

    public async Task<JsonNode> SendAsync(string method, object parameters, string? session = null)
    {
        var id = Interlocked.Increment(ref _last);
        var answer = _asked[id] = new TaskCompletionSource<JsonNode>(TaskCreationOptions.RunContinuationsAsynchronously);
        var message = JsonSerializer.SerializeToUtf8Bytes(session is null ? (object)new { id, method, @params = parameters } : new { id, method, @params = parameters, sessionId = session });
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(message, WebSocketMessageType.Text, true, default);
        }
        finally
        {
            _sending.Release();
        }
        var got = await answer.Task.WaitAsync(World.Patience);
        return got["result"] ?? throw new InvalidOperationException($"{method}: {got}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
        _socket.Dispose();
        await DeleteProfileAsync();
    }

    // Children that are still dying may write into it.
    private async Task DeleteProfileAsync()
    {
        for (var tries = 50; ; tries--)
        {
            try
            {
                _profile.Delete(recursive: true);
                return;
            }
            catch (IOException) when (tries > 0)
            {
                await Task.Delay(100);
            }
            catch (IOException)
            {
                return;     // a folder that is left in the system's temporary one is no fault of the pages
            }
        }
    }

    private async Task ListenAsync()
    {
        var buffer = new byte[1 << 16];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveAsync(buffer, default);
                message.Write(buffer, 0, received.Count);
                if (!received.EndOfMessage) continue;
                var got = JsonNode.Parse(message.ToArray())!;
                message.SetLength(0);
                if (got["id"] is { } id && _asked.TryRemove((int)id, out var asked)) asked.SetResult(got);
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or JsonException)
        {
            foreach (var asked in _asked.Values) asked.TrySetException(e);
        }
    }

    [GeneratedRegex(@"ws://\S+")]
    private static partial Regex Listening();
}

/// <summary>A tab.</summary>
internal sealed class ChromeTab(Chrome chrome, string target, string session)
{
    /// <summary>Loads an address, by a navigation of the page's own.</summary>
    public async Task GoAsync(string url)
    {
        await EvaluateAsync($"location.href = '{url}'");
        await UntilAsync($"location.href.split('#')[0] == '{url.Split('#')[0]}' && document.readyState == 'complete'");
    }

    /// <summary>Brings it in front of the others.</summary>
    public async Task ShowAsync()
    {
        await chrome.SendAsync("Target.activateTarget", new { targetId = target });
        await SeenAsync();
    }

    /// <summary>Waits until it is seen and has the keyboard.</summary>
    public Task SeenAsync() => UntilAsync("!document.hidden && document.hasFocus()");

    public Task CloseAsync() => chrome.SendAsync("Target.closeTarget", new { targetId = target });

    /// <summary>A value of an expression, of which a promise is awaited.</summary>
    public async Task<string?> EvaluateAsync(string expression)
    {
        var answer = await chrome.SendAsync("Runtime.evaluate", new { expression, awaitPromise = true, userGesture = true }, session);
        if (answer["exceptionDetails"] is { } thrown) throw new InvalidOperationException($"{expression}: {thrown}");
        return answer["result"]!["value"]?.ToString();
    }

    /// <summary>Waits until an expression is true.</summary>
    public Task UntilAsync(string expression) => Testing.Wait.UntilAsync(async () =>
    {
        try
        {
            return await EvaluateAsync(expression) == "true";
        }
        catch (InvalidOperationException)
        {
            return false;       // between two pages
        }
    }, expression, World.Patience);
}
