using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;
using GrainAnalytics.Core.Live;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Testing;
using GrainAnalytics.Web.Live;
using GrainAnalytics.Web.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrainAnalytics.Web.Tests.Live;

public sealed class LiveStreamTests
{
    [Fact]
    public async Task A_viewer_who_does_not_read_is_given_up_and_the_others_go_on()
    {
        var clock = new FakeClock();
        var site = new Site(1, "", null, SiteClock.Utc);
        var upstream = new PushedViews();
        await using var hub = new LiveHub(upstream, new LiveJson(), new LiveOptions(), new LiveMetrics(new TestMeters()), clock, NullLogger<LiveHub>.Instance);
        using LiveWatch slow = hub.TryWatch(site)!, quick = hub.TryWatch(site)!;
        await Wait.UntilAsync(() => upstream.Push is not null, "the subscription");
        upstream.Push!(View(1));
        var stuck = new Pipe(new PipeOptions(pauseWriterThreshold: 100, resumeWriterThreshold: 50));
        var stream = LiveStream.RunAsync(slow, await slow.NextAsync(default), stuck.Writer, TimeSpan.FromSeconds(10), clock, default);
        for (var i = 2; i < 10; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            upstream.Push(View(i));
            Assert.NotEmpty(await Wait.ForAsync(quick.NextAsync(default).AsTask(), "an update"));
            Assert.False(stream.IsCompleted);
        }
        clock.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(LiveEnd.TooSlow, await Wait.ForAsync(stream, "the end of the slow stream"));

        static LiveView View(long sequence) => new(1, 1, sequence, new DateOnly(2026, 3, 15), sequence, 0, [], []);
    }

    [Fact]
    public async Task A_viewer_who_leaves_and_a_server_that_stops_end_the_stream()
    {
        var clock = new FakeClock();
        var upstream = new PushedViews();
        await using var hub = new LiveHub(upstream, new LiveJson(), new LiveOptions(), new LiveMetrics(new TestMeters()), clock, NullLogger<LiveHub>.Instance);
        foreach (var isGone in new[] { true, false })
        {
            using var watch = hub.TryWatch(new Site(1, "", null, SiteClock.Utc))!;
            var pipe = new Pipe();
            using var stops = new CancellationTokenSource();
            var stream = LiveStream.RunAsync(watch, [1], pipe.Writer, TimeSpan.FromSeconds(10), clock, stops.Token);
            if (isGone)
            {
                await pipe.Reader.CompleteAsync();
                stream = LiveStream.RunAsync(watch, [1], pipe.Writer, TimeSpan.FromSeconds(10), clock, stops.Token);
            }
            else await stops.CancelAsync();
            Assert.Equal(LiveEnd.Closed, await Wait.ForAsync(stream, "the end of the stream"));
            await stops.CancelAsync();
        }
    }

    private sealed class PushedViews : ILiveUpstream, IAsyncDisposable
    {
        public volatile Action<LiveView>? Push;

        public Task<IAsyncDisposable> BeginAsync(Site site, Action<LiveView> push, CancellationToken cancel)
        {
            Push = push;
            return Task.FromResult<IAsyncDisposable>(this);
        }

        public ValueTask DisposeAsync() => default;
    }
}

/// <summary>A server that waits for slow viewers only shortly, though long enough for one that the machine made slow.</summary>
public sealed class ImpatientLiveServer : LiveServer
{
    protected override IEnumerable<string> Settings => ["--Live:WriteTimeout=00:00:05", "--Live:UpdateInterval=00:00:00.020"];
}

/// <summary>Alone: metrics are the process's, so other servers at the same time would count too.</summary>
[Collection(nameof(AloneCollection))]
public sealed class SlowViewerTests(ImpatientLiveServer server) : IClassFixture<ImpatientLiveServer>
{
    [Fact]
    public async Task A_viewer_whose_connection_is_full_is_disconnected_and_the_others_miss_nothing()
    {
        await Midnight.PassAsync();
        var (client, _) = await LiveClient.WatchAsync(server.Reader);
        using var closes = client;
        // Asks and never reads.
        using var stuck = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        await stuck.ConnectAsync("127.0.0.1", server.Reader.BaseAddress!.Port);
        await stuck.SendAsync(Encoding.ASCII.GetBytes($"GET /v1/live HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {ServerFixture.ApiKey}\r\n\r\n"));
        var hub = server.App.Services.GetRequiredService<LiveHub>();
        await Wait.UntilAsync(() => hub.Viewers == 2, "the slow viewer");
        var payload = new string('x', 3000);
        var sent = 0;
        await Wait.UntilAsync(async () =>
        {
            await server.Writer.SendAsync($"[{string.Join(',', Enumerable.Range(0, 20).Select(i => $$$"""{"type":"big","userId":"big-{{{i}}}","payload":{"x":"{{{payload}}}"}}"""))}]");
            sent += 20;
            await client.UntilAsync(() => client.Counters.GetValueOrDefault("big") == sent);
            return hub.Viewers == 1;
        }, "the end of the slow viewer");
        Assert.Contains("\ngrainanalytics_live_dropped_total 1\n", await server.Anyone.GetStringAsync("/metrics"));
        Assert.Equal(1, client.Snapshots);
        await server.Writer.SendAsync("""{"type":"after","userId":"after"}""");
        await client.UntilAsync(() => client.Counters.ContainsKey("after"));
    }
}
