using System.Net;
using System.Text.Json.Nodes;
using GrainAnalytics.Testing;

namespace GrainAnalytics.Web.Tests.Live;

/// <summary>A viewer as a browser is one: reads server-sent events and keeps what they say up to date.</summary>
internal sealed class LiveClient : IDisposable
{
    private readonly HttpResponseMessage _response;
    private readonly StreamReader _lines;
    private Task<string?>? _next;

    private LiveClient(HttpResponseMessage response, StreamReader lines) => (_response, _lines) = (response, lines);

    public HttpResponseMessage Response => _response;
    public Dictionary<string, long> Counters { get; } = [];
    public List<string> EventIds { get; } = [];
    public long ActiveUsers { get; private set; }
    public long ActiveNow { get; private set; }
    public int Updates { get; private set; }
    public int Snapshots { get; private set; }
    public int Comments { get; private set; }

    public static async Task<LiveClient> OpenAsync(HttpClient http, string query = "")
    {
        var response = await http.GetAsync("/v1/live" + query, HttpCompletionOption.ResponseHeadersRead);
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{(int)response.StatusCode}");
        return new LiveClient(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    /// <summary>Opens a stream and reads its snapshot.</summary>
    public static async Task<(LiveClient Client, JsonNode Snapshot)> WatchAsync(HttpClient http, string query = "")
    {
        var client = await OpenAsync(http, query);
        var (name, snapshot) = (await client.NextAsync())!.Value;
        Assert.Equal("snapshot", name);
        return (client, snapshot);
    }

    /// <summary>The next event; null at the stream's end. Comments are counted and passed over.</summary>
    public async Task<(string Name, JsonNode Data)?> NextAsync()
    {
        string? name = null;
        while (await LineAsync() is { } line)
        {
            if (line == ":") Comments++;
            else if (line.StartsWith("event: ", StringComparison.Ordinal)) name = line[7..];
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                var data = JsonNode.Parse(line[6..])!;
                Take(name!, data);
                return (name!, data);
            }
            else Assert.Matches("^(|retry: [0-9]+)$", line);
        }
        return null;
    }

    /// <summary>Reads on until something holds.</summary>
    public async Task UntilAsync(Func<bool> holds)
    {
        while (!holds()) Assert.NotNull(await NextAsync());
    }

    /// <summary>Reads a line; null at the end.</summary>
    public async Task<string?> LineAsync()
    {
        var line = await Wait.ForAsync(_next ??= _lines.ReadLineAsync(), "the next line of the stream");
        _next = null;
        return line;
    }

    /// <summary>Waits for a line, and leaves it to be read.</summary>
    /// <returns>False when none came in time.</returns>
    public async Task<bool> HasMoreAsync(TimeSpan atMost) => await Task.WhenAny(_next ??= _lines.ReadLineAsync(), Task.Delay(atMost)) == _next;

    public void Dispose() => _response.Dispose();

    private void Take(string name, JsonNode data)
    {
        if (name == "snapshot")
        {
            Snapshots++;
            Counters.Clear();
        }
        else Updates++;
        foreach (var (type, total) in data["counters"]!.AsObject()) Counters[type] = (long)total!;
        EventIds.AddRange(data["events"]!.AsArray().Select(e => (string)e!["eventId"]!));
        (ActiveUsers, ActiveNow) = ((long)data["activeUsers"]!, (long)data["activeNow"]!);
    }
}
