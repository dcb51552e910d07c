using GrainAnalytics.Web.Tests.Support;

namespace GrainAnalytics.Web.Tests.Limits;

/// <summary>A server with short patience.</summary>
public sealed class StrictServer : ServerFixture
{
    protected override IEnumerable<string> Settings => ["--Connections:HeadersTimeout=00:00:01", "--Connections:BodyTimeout=00:00:02", "--Connections:KeepAlive=00:00:04"];
}

/// <summary>Who sends too slowly, or nothing.</summary>
public sealed class SlowConnectionTests(StrictServer server) : IClassFixture<StrictServer>
{
    private Task<RawConnection> OpenAsync() => RawConnection.OpenAsync(server.Anyone);

    [Fact]
    public async Task Headers_that_come_too_slowly_are_408()
    {
        await using var connection = await OpenAsync();
        await connection.SendAsync("GET /health HTTP/1.1\r\nHost: server\r\nX-Slow: ");
        while (await connection.TrySendAsync("x") && (await server.Anyone.GetAsync("/health/live")).IsSuccessStatusCode) await Task.Delay(100);
        Assert.Contains((await connection.ReadAsync()).Status, (int[])[408, 0]);     // 0: the reset overtook the answer
        await connection.UntilClosedAsync();
    }

    [Fact]
    public async Task A_body_that_comes_too_slowly_is_408_and_the_connection_ends()
    {
        for (var round = 1; ; round++)
        {
            await using var connection = await OpenAsync();
            await connection.SendAsync(RawConnection.Head("POST /v1/events", $"Authorization: Bearer {ServerFixture.WriteKey}", "Content-Length: 1000") + "{");
            var answer = connection.ReadAsync();
            // Once the answer begins nothing more is sent: behind its end that would be a reset, which overtakes what was not read.
            while (!connection.IsAnswering && !answer.IsCompleted && await connection.TrySendAsync(" ")) await Task.WhenAny(answer, Task.Delay(100));
            var said = await answer;
            await connection.UntilClosedAsync();
            if (said.Status == 0 && round < 3) continue;       // it did all the same
            said.IsProblem(408, "body-too-slow");
            return;
        }
    }

    [Fact]
    public async Task An_idle_connection_is_closed()
    {
        await using var connection = await OpenAsync();
        await connection.SendAsync(RawConnection.Head("GET /health/live"));
        Assert.Equal(200, (await connection.ReadAsync()).Status);
        await connection.UntilClosedAsync();
    }
}
