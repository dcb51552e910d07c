using System.Net;
using System.Net.Sockets;
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

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

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
        _address = new Uri($"http://127.0.0.1:{FreePort()}/");
        await StartServerAsync();
        Gate = await Gate.OpenAsync(_address);
        Pages = await Pages.OpenAsync();
        _playwright = await Playwright.CreateAsync();
        Browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Chromium.Path,
            Args = Chromium.Flags,
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
        var answer = JsonNode.Parse(await _http.GetStringAsync(new Uri(_address!, $"/v1/journey?limit=1000&userId={Uri.EscapeDataString(user)}")))!;
        return [.. answer["events"]!.AsArray().Select(Seen.Of).OrderBy(seen => seen.Id[..13], StringComparer.Ordinal)];
    }

    /// <summary>Waits until a user has events that fit, and returns all of them.</summary>
    internal async Task<Seen[]> UntilAsync(string user, Func<Seen[], bool> fits, string missing)
    {
        Seen[] seen = [];
        try
        {
            await Wait.UntilAsync(async () => fits(seen = await JourneyAsync(user)), missing, Patience);
        }
        catch (Exception)
        {
            throw new InvalidOperationException($"Missing: {missing}. There are:\n{string.Join('\n', seen.Select(each => each.ToString()))}");
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
            using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
            string? line;
            while ((line = await lines.ReadLineAsync()) is not null && !line.StartsWith("data: ", StringComparison.Ordinal)) { }
            seen = [.. JsonNode.Parse(line![6..])!["events"]!.AsArray().Select(Seen.Of).Where(wanted)];
            return seen.Length >= count;
        }, $"{count} events in the live feed", Patience);
        return seen;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static string Metadata(string key) =>
        typeof(World).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(metadata => metadata.Key == key).Value!;
}

/// <summary>An event as the API shows it.</summary>
internal sealed record Seen(string Id, string Type, string User, string? Session, DateTimeOffset At, JsonObject Payload)
{
    public string? this[string name] => Payload[name]?.ToString();

    public string Url => this["url"] ?? "";

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
