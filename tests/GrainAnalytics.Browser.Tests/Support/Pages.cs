using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace GrainAnalytics.Browser.Tests.Support;

/// <summary>The web server of people who count their visitors: another origin than ours.</summary>
internal sealed class Pages : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, Site> _sites = new();
    private readonly WebApplication _app;

    private Pages(WebApplication app) => _app = app;

    /// <summary>Answers what is posted to a page.</summary>
    public Func<string, string>? Backend { get; set; }

    public static async Task<Pages> OpenAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var pages = new Pages(app);
        app.Run(pages.AnswerAsync);
        await app.StartAsync();
        return pages;
    }

    /// <summary>A site of its own for a test.</summary>
    /// <param name="head">HTML in the head of its pages.</param>
    /// <param name="body">HTML in their body.</param>
    /// <param name="policy">Content-Security-Policy; null for none.</param>
    public Site Add(string head, string body = "", string? policy = null)
    {
        var name = $"s{Guid.NewGuid():N}"[..12];
        return _sites[name] = new Site($"http://localhost:{new Uri(_app.Urls.First()).Port}/{name}", head, body, policy);
    }

    /// <summary>A site with the same page under every path.</summary>
    public Site AddWhole(string html)
    {
        var name = $"s{Guid.NewGuid():N}"[..12];
        return _sites[name] = new Site($"http://localhost:{new Uri(_app.Urls.First()).Port}/{name}", "", "", null, html);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var parts = http.Request.Path.Value!.Split('/');
        if (!_sites.TryGetValue(parts[1], out var site))
        {
            http.Response.StatusCode = 404;
            return;
        }
        if (HttpMethods.IsPost(http.Request.Method) && Backend is { } backend)
        {
            using var body = new StreamReader(http.Request.Body);
            await http.Response.WriteAsync(backend(await body.ReadToEndAsync()));
            return;
        }
        http.Response.ContentType = "text/html; charset=utf-8";
        if (site.Html is not null)
        {
            await http.Response.WriteAsync(site.Html);
            return;
        }
        if (site.Policy is not null) http.Response.Headers.ContentSecurityPolicy = site.Policy;
        await http.Response.WriteAsync($"<!doctype html><html lang=en><head><meta charset=utf-8><link rel=icon href=data:,><title>{parts[^1]}</title>{site.Head}</head><body>{site.Body}</body></html>");
    }
}

/// <summary>Pages under one address, each titled by the last part of its path.</summary>
internal sealed record Site(string Root, string Head, string Body, string? Policy, string? Html = null)
{
    public string this[string path] => $"{Root}/{path}";
}
