using System.IO.Compression;
using System.Net;
using System.Text;
using GrainAnalytics.Web.Tests.Support;
using GrainAnalytics.Web.Tracker;

namespace GrainAnalytics.Web.Tests;

/// <summary>How the beacon scripts are served; what they do is tested in a browser.</summary>
public sealed class TrackerTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private const int MostBytes = 2000;

    private async Task<(HttpResponseMessage Response, byte[] Bytes)> GetAsync(string path, string? encoding = null, string? known = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (encoding is not null) request.Headers.TryAddWithoutValidation("Accept-Encoding", encoding);
        if (known is not null) request.Headers.TryAddWithoutValidation("If-None-Match", known);
        var response = await server.Anyone.SendAsync(request);
        return (response, await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("/tracker.js"), InlineData("/tracker-highlevel.js")]
    public async Task Every_encoding_is_the_same_script(string path)
    {
        var (plain, script) = await GetAsync(path);
        Assert.Equal(("text/javascript", "*", "cross-origin"), (plain.Content.Headers.ContentType?.MediaType, plain.Headers.GetValues("Access-Control-Allow-Origin").Single(),
            plain.Headers.GetValues("Cross-Origin-Resource-Policy").Single()));
        Assert.Contains("v1/events?writeKey=", Encoding.UTF8.GetString(script));
        foreach (var (accepted, encoding) in ((string, string?)[])
                 [("gzip", "gzip"), ("gzip, deflate, br, zstd", "br"), ("br;q=0, gzip", "gzip"), ("br;q=0.2, gzip;q=0.8", "gzip"), ("identity", null), ("nonsense;;q=x", null)])
        {
            var (response, bytes) = await GetAsync(path, accepted);
            Assert.Equal((HttpStatusCode.OK, encoding), (response.StatusCode, response.Content.Headers.ContentEncoding.SingleOrDefault()));
            Assert.Contains("Accept-Encoding", response.Headers.Vary);
            using Stream packed = new MemoryStream(bytes);
            using var unpacked = encoding switch { "br" => new BrotliStream(packed, CompressionMode.Decompress), "gzip" => new GZipStream(packed, CompressionMode.Decompress), _ => packed };
            using var all = new MemoryStream();
            unpacked.CopyTo(all);
            Assert.Equal(script, all.ToArray());
        }
    }

    [MinifiedFact]
    public async Task The_beacon_is_at_most_2000_bytes()
    {
        var (_, gzip) = await GetAsync("/tracker.js", "gzip");
        Assert.InRange(gzip.Length, 500, MostBytes);
        var (_, brotli) = await GetAsync("/tracker.js", "br");
        Assert.True(brotli.Length < gzip.Length);
    }

    [Theory]
    [InlineData(null), InlineData("gzip"), InlineData("br")]
    public async Task Who_has_it_is_told_so(string? encoding)
    {
        var (first, _) = await GetAsync("/tracker.js", encoding);
        var tag = first.Headers.ETag!.Tag;
        foreach (var known in (string[])[tag, $"\"other\", W/{tag}", "*"])
        {
            var (again, body) = await GetAsync("/tracker.js", encoding, known);
            Assert.Equal((HttpStatusCode.NotModified, 0, tag), (again.StatusCode, body.Length, again.Headers.ETag?.Tag));
        }
        var (changed, _) = await GetAsync("/tracker.js", encoding, "\"other\"");
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        // Bytes of another encoding are other bytes.
        var (other, _) = await GetAsync("/tracker.js", encoding == "br" ? "gzip" : "br", tag);
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    [Fact]
    public async Task A_named_version_is_kept_for_good_and_an_unknown_one_works()
    {
        var (plain, script) = await GetAsync("/tracker.js");
        Assert.Contains("max-age=3600", plain.Headers.CacheControl!.ToString());
        var named = plain.Content.Headers.ContentLocation!.ToString();
        Assert.Matches(@"^/tracker\.js\?v=[0-9a-f]{16}$", named);
        var (kept, same) = await GetAsync(named);
        Assert.Contains("immutable", kept.Headers.CacheControl!.ToString());
        Assert.Equal(script, same);
        var (unknown, still) = await GetAsync("/tracker.js?v=0123456789abcdef");
        Assert.DoesNotContain("immutable", unknown.Headers.CacheControl!.ToString());
        Assert.Equal(script, still);
    }

    [Fact]
    public void Modules_put_behind_each_other_are_whole()
    {
        foreach (var name in (string[])["tracker.js", "highlevel.js"])
        {
            var lines = Encoding.UTF8.GetString(ScriptSource.Link(name)).Split('\n');
            Assert.DoesNotContain(lines, line => line.StartsWith("import", StringComparison.Ordinal) || line.StartsWith("export", StringComparison.Ordinal));
            // One scope for all of them: no name twice.
            var names = lines.Select(line => System.Text.RegularExpressions.Regex.Match(line, "^(?:const|let) (\\w+)")).Where(match => match.Success).Select(match => match.Groups[1].Value).ToArray();
            Assert.Equal(names.Distinct(), names);
        }
    }
}

/// <summary>A test of the minified script, which a machine without Node.js does not build.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MinifiedFactAttribute : FactAttribute
{
    public MinifiedFactAttribute()
    {
        if (!ScriptSource.IsMinified("tracker.js")) Skip = "The script is not minified: that needs Node.js and npm when it is built.";
    }
}
