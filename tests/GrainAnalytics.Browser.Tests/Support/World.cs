using System.Net;
using System.Reflection;
using System.Text.Json.Nodes;
using GrainAnalytics.Testing;
using Microsoft.Playwright;

[assembly: CollectionBehavior(DisableTestParallelization = true)]   // browsers and clocks: one test at a time

namespace GrainAnalytics.Browser.Tests.Support;

/// <summary>A real server with a database, a gate in front of it, other people's pages, and a browser.</summary>
public sealed class World : IAsyncLifetime
{
    public const string WriteKey = "write&key#1", ApiKey = "api-key";

    /// <summary>Longest wait for something that comes by itself, also on a machine that stands still for a while.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly PostgresFixture _postgres = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false }) { DefaultRequestHeaders = { Authorization = new("Bearer", ApiKey) } };
    private ServerProcess? _server;
    private IPlaywright? _playwright;
    private Uri? _address;

    internal Gate Gate { get; private set; } = null!;

    internal Pages Pages { get; private set; } = null!;

    public IBrowser Browser { get; private set; } = null!;

    /// <summary>The line of HTML, with further attributes.</summary>
    public string Line(string attributes = "", string script = "tracker.js") =>
        $"<script defer src=\"{Gate.Address}/{script}\" data-ga-key=\"{WebUtility.HtmlEncode(WriteKey)}\" {attributes}></script>";

    public async Task InitializeAsync()
    {
        await _postgres.InitializeAsync();
        _address = new Uri($"http://127.0.0.1:{FreePort.Find()}/");
        await StartServerAsync();
        Gate = await Gate.OpenAsync(_address);
        Pages = await Pages.OpenAsync();
        _playwright = await Playwright.CreateAsync();
        Browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium.Path,
            Args = Chromium.Flags,
            Timeout = 180_000,      // ms
        });
    }

    public async Task DisposeAsync()
    {
        if (Browser is not null) await Browser.DisposeAsync();
        _playwright?.Dispose();
        if (Pages is not null) await Pages.DisposeAsync();
        if (Gate is not null) await Gate.DisposeAsync();
        _server?.Dispose();
        _http.Dispose();
        await _postgres.DisposeAsync();
    }

    /// <summary>Starts the server, with the same address and database as before.</summary>
    public async Task StartServerAsync()
    {
        _server = ServerProcess.Start(Metadata("StandaloneProgram"),
        [
            new("ConnectionStrings__Postgres", _postgres.ConnectionString), new("ASPNETCORE_URLS", _address!.ToString()),
            new("Bootstrap__WriteKey", WriteKey), new("Bootstrap__ApiKey", ApiKey),
            // A page that has gone away does not ask again after a 503, which a machine that stands still would give it.
            new("Ingest__AnswerWithin", "00:01:00"),
        ]);
        await _server.Address;
        await Wait.UntilAsync(async () => (await _http.GetAsync(new Uri(_address, "/health/ready"))).StatusCode == HttpStatusCode.OK, "the server to be ready", Patience);
    }

    /// <summary>kill -9.</summary>
    public Task KillServerAsync() => _server!.KillAsync();

    /// <summary>A user's events in the order in which the browser made them. Their times say that only nearly: each request's are
    /// corrected by how long it was under way.</summary>
    internal async Task<Seen[]> JourneyAsync(string user)
    {
        JsonNode? journey = null;
        await Wait.UntilAsync(async () =>
        {
            using var answer = await _http.GetAsync(new Uri(_address!, $"/v1/journey?limit=1000&userId={Uri.EscapeDataString(user)}"));
            // A database that is slow for a moment is said with 503, or with what is known of the journey without it.
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable) return false;
            answer.EnsureSuccessStatusCode();
            journey = JsonNode.Parse(await answer.Content.ReadAsStringAsync());
            return (bool?)journey!["partial"] is not true;
        }, $"the whole journey of {user}", Patience);
        // It comes newest first; what was made in the same millisecond keeps the order of its times.
        return [.. journey!["events"]!.AsArray().Reverse().Select(Seen.Of).OrderBy(seen => seen.Id[..13], StringComparer.Ordinal)];
    }

    /// <summary>Waits until a user has events that fit, and returns all of them.</summary>
    internal async Task<Seen[]> UntilAsync(string user, Func<Seen[], bool> fits, string missing)
    {
        Seen[] seen = [];
        try
        {
            await Wait.UntilAsync(async () => fits(seen = await JourneyAsync(user)), missing, Patience);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Missing: {missing}. There are:\n{string.Join('\n', seen.Select(each => each.ToString()))}", e);
        }
        return seen;
    }

    /// <summary>The latest events of anybody under an address, newest first, as the live feed shows them.</summary>
    internal async Task<Seen[]> LatestAsync(Func<Seen, bool> wanted, int count)
    {
        Seen[] seen = [];
        await Wait.UntilAsync(async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(_address!, "/v1/live"));
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            if (!answer.IsSuccessStatusCode) return false;
            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
            string? line;
            while ((line = await lines.ReadLineAsync()) is not null && !line.StartsWith("data: ", StringComparison.Ordinal)) { }
            if (line is null) return false;
            seen = [.. JsonNode.Parse(line[6..])!["events"]!.AsArray().Select(Seen.Of).Where(wanted)];
            return seen.Length >= count;
        }, $"{count} events in the live feed", Patience);
        return seen;
    }

    private static string Metadata(string key) =>
        typeof(World).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == key).Value!;
}

/// <summary>An event as the API shows it.</summary>
internal sealed record Seen(string Id, string Type, string User, string? Session, DateTimeOffset At, JsonObject Payload)
{
    public string? this[string name] => Payload[name]?.ToString();

    public string Url => this["url"] ?? "";

    /// <summary>When the page made it, by the page's own clock.</summary>
    public DateTimeOffset MadeAt => DateTimeOffset.FromUnixTimeMilliseconds(Convert.ToInt64(Id[..8] + Id[9..13], 16));

    public static Seen Of(JsonNode? shown) => new((string)shown!["eventId"]!, (string)shown["type"]!, (string)shown["userId"]!, (string?)shown["sessionId"],
        DateTimeOffset.Parse((string)shown["occurredAt"]!), shown["payload"]!.AsObject());

    public override string ToString() => $"{At:HH:mm:ss.fff} {Type} {User} {Session} {Payload.ToJsonString()}";
}

/// <summary>All tests share one world.</summary>
[CollectionDefinition(Name)]
public sealed class WorldCollection : ICollectionFixture<World>
{
    public const string Name = "world";
}
