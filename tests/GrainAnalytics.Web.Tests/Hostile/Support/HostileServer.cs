using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using GrainAnalytics.Standalone;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Tests.Support;
using Npgsql;

namespace GrainAnalytics.Web.Tests.Hostile.Support;

/// <summary>The program as a process of its own, which an attack could end, with two sites in one database.</summary>
public sealed class HostileServer : IAsyncLifetime
{
    public const string WriteKey = "write-key-a", ApiKey = "api-key-a", OtherWriteKey = "write-key-b", OtherApiKey = "api-key-b",
        AdminToken = "admin-token";

    private TestDatabase _database = null!;
    private ServerProcess _process = null!;
    private NpgsqlDataSource _source = null!;
    private readonly ConcurrentBag<PatientHandler> _handlers = [];
    private long _unavailable, _givenUp;

    /// <summary>Sends with the keys of the first site, the second one, the operator's token, and none. Paths are sent as they are written.</summary>
    public HttpClient Writer { get; private set; } = null!;
    public HttpClient Reader { get; private set; } = null!;
    public HttpClient OtherWriter { get; private set; } = null!;
    public HttpClient OtherReader { get; private set; } = null!;
    public HttpClient Anyone { get; private set; } = null!;
    public HttpClient Operator { get; private set; } = null!;

    public Uri Address { get; private set; } = null!;

    /// <summary>Resident memory now and at its highest, bytes.</summary>
    public (long Now, long Peak) Memory
    {
        get
        {
            using var process = Process.GetProcessById(_process.Id);
            return (process.WorkingSet64, process.PeakWorkingSet64);
        }
    }

    public async Task InitializeAsync()
    {
        _database = await TestDatabase.CreateAsync();
        _source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(_database.ConnectionString) { Pooling = false }.ConnectionString);
        _process = ServerProcess.Start(typeof(Server).Assembly.Location, new Dictionary<string, string>(PatientSettings.Variables)
        {
            ["ConnectionStrings__Postgres"] = _database.ConnectionString, ["ASPNETCORE_URLS"] = "http://127.0.0.1:0",
            ["Bootstrap__WriteKey"] = WriteKey, ["Bootstrap__ApiKey"] = ApiKey, ["Bootstrap__AdminToken"] = AdminToken,
        });
        Address = await Wait.ForAsync(_process.Address, "the server's address");
        Anyone = Client(null);
        await Wait.UntilAsync(async () => (await Anyone.GetAsync("/health/ready")).IsSuccessStatusCode, "a ready server");
        await ExecuteAsync($"""
            insert into sites (name, time_zone) values ('other', 'UTC');
            insert into site_keys (key_hash, site_id, kind) values
              (sha256('{OtherWriteKey}'), (select max(site_id) from sites), 'write'), (sha256('{OtherApiKey}'), (select max(site_id) from sites), 'api')
            """);
        (Writer, Reader, OtherWriter, OtherReader, Operator) = (Client(WriteKey), Client(ApiKey), Client(OtherWriteKey), Client(OtherApiKey), Client(AdminToken));
    }

    public async Task DisposeAsync()
    {
        foreach (var client in (HttpClient?[])[Writer, Reader, OtherWriter, OtherReader, Operator, Anyone]) client?.Dispose();
        _process?.Dispose();
        if (_source is not null) await _source.DisposeAsync();
        if (_database is not null) await _database.DisposeAsync();
    }

    /// <summary>GET of a path, exactly as it is written.</summary>
    public static HttpRequestMessage Get(HttpClient client, string pathAndQuery) => new(HttpMethod.Get,
        new Uri(client.BaseAddress!.GetLeftPart(UriPartial.Authority) + pathAndQuery, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));

    /// <summary>The JSON at a path, which must be 200.</summary>
    public static Task<JsonNode> ReadAsync(HttpClient client, string pathAndQuery) => HttpExtensions.WholeAsync(() => ReadAnyAsync(client, pathAndQuery));

    private static async Task<JsonNode> ReadAnyAsync(HttpClient client, string pathAndQuery)
    {
        using var response = await client.SendAsync(Get(client, pathAndQuery));
        var text = await response.Content.ReadAsStringAsync();
        Assert.True((int)response.StatusCode == 200, $"{pathAndQuery}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>Sends bytes (one a character) and reads until the server closes the connection.</summary>
    internal async Task<RawAnswer> SendRawAsync(string latin1) => Note(await RawHttp.SendAsync(Address, latin1));

    /// <summary>Sends bytes of which it is not known where their request ends; again while the answer is that the database took too long.</summary>
    internal async Task<RawAnswer> TryRawAsync(byte[] bytes, TimeSpan patience)
    {
        RawAnswer? answer = null;
        await Wait.UntilAsync(async () => !PatientHandler.IsPassing((answer = Note(await RawHttp.TryAsync(Address, bytes, patience))).Text), "an answer of the database");
        return answer!;
    }

    /// <summary>Runs statements.</summary>
    public async Task ExecuteAsync(string sql)
    {
        await using var command = _source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Reads one value.</summary>
    public async Task<T> ScalarAsync<T>(string sql, params object[] parameters)
    {
        await using var command = _source.CreateCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(new() { Value = parameter });
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>What must hold after every attack: the process lives, it has answered nobody with 5xx and logged no error, and it
    /// stores and finds events as ever. Of 503 whoever was answered so has judged.</summary>
    public async Task AssertUnharmedAsync()
    {
        var id = Guid.NewGuid().ToString();
        await Writer.SendAsync($$"""{"eventId":"{{id}}","type":"normal","userId":"normal"}""");
        Assert.Equal(id, (string?)(await ReadAsync(Reader, "/v1/users/normal/journey?limit=1"))["events"]![0]!["eventId"]);
        // What nobody waited for any more may have been answered so too; an exception would be in the log.
        var failed = await FailedAsync();
        Assert.InRange(failed, Seen(), Seen() + Volatile.Read(ref _givenUp));
        Assert.DoesNotContain(_process.Log, line => line.Contains("\"LogLevel\":\"Error\"", StringComparison.Ordinal) || line.Contains("\"LogLevel\":\"Critical\"", StringComparison.Ordinal));
    }

    // Answers 503 that came: no client says so but these.
    private long Seen() => Volatile.Read(ref _unavailable) + _handlers.Sum(handler => handler.Unavailable);

    // Requests that were answered 5xx, as the server itself counts them. It does so just after an answer is out, so those that came are waited for.
    private async Task<long> FailedAsync()
    {
        for (var since = Stopwatch.GetTimestamp(); ; await Task.Delay(20))
        {
            var failed = Regex.Matches(await Anyone.GetStringAsync("/metrics"), "^grainanalytics_request_duration_seconds_count{.*status=\"5xx\".*} ([0-9]+)", RegexOptions.Multiline)
                .Sum(line => long.Parse(line.Groups[1].Value));
            if (failed >= Seen() || Stopwatch.GetElapsedTime(since) > TimeSpan.FromSeconds(20)) return failed;
        }
    }

    private RawAnswer Note(RawAnswer answer)
    {
        Interlocked.Add(ref _unavailable, answer.Statuses.Count(status => status == 503));
        if (answer.IsGivenUp) Interlocked.Increment(ref _givenUp);
        return answer;
    }

    private HttpClient Client(string? key)
    {
        var handler = new PatientHandler(new SocketsHttpHandler { AllowAutoRedirect = false });
        _handlers.Add(handler);
        var client = new HttpClient(handler) { BaseAddress = Address, Timeout = TimeSpan.FromMinutes(3) };
        if (key is not null) client.DefaultRequestHeaders.Authorization = new("Bearer", key);
        return client;
    }
}

/// <summary>One server for all classes of attacks that leave it as it was.</summary>
[CollectionDefinition(Name)]
public sealed class HostileCollection : ICollectionFixture<HostileServer>
{
    public const string Name = "hostile";
}
