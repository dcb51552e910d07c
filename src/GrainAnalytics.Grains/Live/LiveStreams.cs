using GrainAnalytics.Grains.Contracts;
using Orleans.Streams;

namespace GrainAnalytics.Grains.Live;

/// <summary>The stream of a site's live state.</summary>
internal static class LiveStreams
{
    /// <summary>Name of the stream provider.</summary>
    public const string Provider = "live";

    private const int Queues = 2;
    // What a queue adds to the way of an update; an empty poll is one local or remote call.
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);

    public static IAsyncStream<LiveViewWire> Of(Grain grain, int siteId) =>
        grain.GetStreamProvider(Provider).GetStream<LiveViewWire>(StreamId.Create("live", siteId));

    /// <summary>In memory: an update may be lost with a silo, and the next one is whole again.</summary>
    public static void Add(ISiloBuilder silo) => silo.AddMemoryStreams(Provider, streams =>
    {
        streams.ConfigurePartitioning(Queues);
        streams.ConfigurePullingAgent(agent => agent.Configure(options => options.GetQueueMsgsTimerPeriod = Poll));
    });
}
