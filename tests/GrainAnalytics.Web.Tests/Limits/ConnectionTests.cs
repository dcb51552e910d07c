using GrainAnalytics.Testing;
using GrainAnalytics.Web.Ingestion;
using GrainAnalytics.Web.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace GrainAnalytics.Web.Tests.Limits;

/// <summary>A server with little room.</summary>
public sealed class NarrowRoomServer : ServerFixture
{
    protected override IEnumerable<string> Settings =>
    [
        "--Connections:BodyTimeout=00:01:00", "--Connections:MaxHeaders=50", "--Ingest:MaxBodyBytes=262144", "--Ingest:MaxBodyMemory=1048576", "--Ingest:MaxConcurrent=6",
    ];
}

/// <summary>What one connection may hold, over sockets that send what no HTTP client would.</summary>
public sealed class ConnectionTests(NarrowRoomServer server) : IClassFixture<NarrowRoomServer>
{
    private const string Key = $"Authorization: Bearer {ServerFixture.WriteKey}", Good = """{"type":"t","userId":"u"}""";

    private Task<RawConnection> OpenAsync() => RawConnection.OpenAsync(server.Anyone);

    private static string Post(int length, params string[] headers) => RawConnection.Head("POST /v1/events", [Key, $"Content-Length: {length}", .. headers]);

    [Fact]
    public async Task Too_long_a_request_line_is_414()
    {
        await using var connection = await OpenAsync();
        await connection.TrySendAsync(RawConnection.Head($"GET /health?{new string('x', 9000)}"));
        Assert.Equal(414, (await connection.ReadAsync()).Status);
        await connection.UntilClosedAsync();
    }

    [Fact]
    public async Task Too_large_headers_are_431()
    {
        await using var connection = await OpenAsync();
        await connection.TrySendAsync(RawConnection.Head("GET /health", [.. Enumerable.Range(0, 40).Select(i => $"X-{i}: {new string('y', 1000)}")]));
        Assert.Equal(431, (await connection.ReadAsync()).Status);
        await connection.UntilClosedAsync();
    }

    [Theory]
    [InlineData(49, 200), InlineData(50, 431), InlineData(120, 431), InlineData(160, 431)]
    public async Task Too_many_headers_are_431(int headers, int status)
    {
        await using var connection = await OpenAsync();
        await connection.TrySendAsync(RawConnection.Head("GET /health", [.. Enumerable.Range(0, headers).Select(i => $"X-{i}: y")]));    // and Host
        var answer = await connection.ReadAsync();
        Assert.Equal(status, answer.Status);
        // Far too many are refused before there is anybody to explain it.
        if (headers is 50 or 120) answer.IsProblem(431, "too-many-headers");
    }

    [Theory]
    [InlineData("Content-Length: 10000000000")]
    [InlineData("Transfer-Encoding: chunked")]
    public async Task A_body_that_is_too_large_is_refused_and_not_read_to_its_end(string length)
    {
        await using var connection = await OpenAsync();
        await connection.SendAsync(RawConnection.Head("POST /v1/events", Key, length));
        var answer = connection.ReadAsync();
        var chunk = length[0] == 'T' ? $"10000\r\n{new string(' ', 0x10000)}\r\n" : new string(' ', 0x10000);
        var sent = 0;
        while (!answer.IsCompleted && await connection.TrySendAsync(chunk)) sent++;
        (await answer).IsProblem(413, "body-too-large");
        while (sent < 100_000 && await connection.TrySendAsync(chunk)) sent++;
        Assert.InRange(sent, 0, 5000);      // of 64 KiB: what lies on the way
    }

    [Fact]
    public async Task A_refusal_does_not_wait_for_the_body_and_the_connection_goes_on()
    {
        await using var connection = await OpenAsync();
        await connection.SendAsync(RawConnection.Head("POST /v1/events", "Authorization: Bearer nobody", $"Content-Length: {Good.Length}"));
        (await connection.ReadAsync()).IsProblem(401, "unknown-key");
        await connection.SendAsync(Good + Post(Good.Length) + Good);
        Assert.Equal(202, (await connection.ReadAsync()).Status);
    }

    [Fact]
    public async Task Who_asks_before_sending_a_body_is_refused_without_having_to()
    {
        await using var connection = await OpenAsync();
        await connection.SendAsync(RawConnection.Head("POST /v1/events", "Authorization: Bearer nobody", "Content-Length: 200000", "Expect: 100-continue"));
        (await connection.ReadAsync()).IsProblem(401, "unknown-key");
    }

    [Fact]
    public async Task Beyond_the_requests_under_way_others_are_refused_at_once_and_viewers_do_not_count()
    {
        var viewer = server.Reader.GetStreamAsync("/v1/live");
        var held = new List<RawConnection>();
        try
        {
            // A small body's last byte is missing.
            for (var i = 0; i < 6; i++) await HoldAsync(held, Good.Length, Good[..^1]);
            await using (var refused = await OpenAsync())
            {
                await refused.SendAsync(Post(Good.Length));       // refused without its body
                var answer = await refused.ReadAsync();
                answer.IsProblem(503, "server-busy");
                Assert.Equal("1", answer.Header("Retry-After"));
                await refused.SendAsync(Good);
                foreach (var connection in held) await connection.SendAsync("}");
                foreach (var connection in held) Assert.Equal(202, (await connection.ReadAsync()).Status);
                await refused.SendAsync(Post(Good.Length) + Good);
                Assert.Equal(202, (await refused.ReadAsync()).Status);
            }
        }
        finally
        {
            foreach (var connection in held) await connection.DisposeAsync();
        }
        await (await viewer).DisposeAsync();
    }

    [Fact]
    public async Task Bodies_hold_no_more_memory_than_they_may()
    {
        var memory = server.App.Services.GetRequiredService<BodyMemory>();
        var held = new List<RawConnection>();
        try
        {
            // Rounded up to powers of two, two bodies of a quarter of a megabyte fill one.
            for (var i = 0; i < 2; i++) await HoldAsync(held, 262_144, "[");
            Assert.Equal(1_048_576, memory.Held);
            await using var refused = await OpenAsync();
            await refused.SendAsync(Post(Good.Length));
            (await refused.ReadAsync()).IsProblem(503, "server-busy");
        }
        finally
        {
            foreach (var connection in held) await connection.DisposeAsync();
        }
        await Wait.UntilAsync(() => memory.Held == 0, "the memory of bodies whose senders went away");
        using var sent = await server.Writer.PostAsync(Good);
        Assert.Equal(202, (int)sent.StatusCode);
    }

    // Returns when the server has the request in hand.
    private async Task HoldAsync(List<RawConnection> held, int length, string begin)
    {
        var memory = server.App.Services.GetRequiredService<BodyMemory>();
        var before = memory.Held;
        var connection = await OpenAsync();
        held.Add(connection);
        await connection.SendAsync(Post(length) + begin);
        await Wait.UntilAsync(() => memory.Held > before, "the request at the server");
    }
}

/// <summary>A server that takes few connections.</summary>
public sealed class SmallServer : ServerFixture
{
    protected override IEnumerable<string> Settings => ["--Connections:Max=10"];
}

public sealed class ManyConnectionsTests(SmallServer server) : IClassFixture<SmallServer>
{
    [Fact]
    public async Task Connections_beyond_the_limit_are_closed_and_those_within_go_on()
    {
        var open = new List<RawConnection>();
        try
        {
            var refused = 0;
            while (refused < 5)
            {
                var connection = await RawConnection.OpenAsync(server.Anyone);
                open.Add(connection);
                await connection.TrySendAsync(RawConnection.Head("GET /health/live"));
                if ((await connection.ReadAsync()).Status == 0) refused++;
            }
            Assert.InRange(open.Count - refused, 5, 10);        // the fixture's own are among the ten
            await open[0].SendAsync(RawConnection.Head("GET /health/live"));
            Assert.Equal(200, (await open[0].ReadAsync()).Status);
        }
        finally
        {
            foreach (var connection in open) await connection.DisposeAsync();
        }
    }
}
