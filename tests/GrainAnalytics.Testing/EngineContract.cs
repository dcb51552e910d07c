using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Journeys;
using GrainAnalytics.Core.Sites;
using Xunit;

namespace GrainAnalytics.Testing;

/// <summary>What every engine promises; each engine's tests inherit this and only say how to start one.</summary>
public abstract partial class EngineContract(PostgresFixture postgres)
{
    /// <summary>The database that the engines write to.</summary>
    protected PostgresFixture Postgres { get; } = postgres;

    /// <summary>Starts an engine on the database; the test disposes it. Several may run at once.</summary>
    protected abstract Task<RunningEngine> StartAsync(EngineOptions engine, IngestOptions ingest);

    private Task<RunningEngine> StartAsync(int tail = 128) => StartAsync(new EngineOptions { TimelineTail = tail }, new IngestOptions());

    private static Task<IngestOutcome[]> AppendAsync(RunningEngine running, Site site, params EncodedEvent[] events) =>
        running.Engine.AppendAsync(site, events, default).AsTask();

    private static async Task StoreAsync(RunningEngine running, Site site, params EncodedEvent[] events)
    {
        foreach (var chunk in events.Chunk(500))
            Assert.All(await AppendAsync(running, site, chunk), outcome => Assert.Equal(IngestOutcome.Stored, outcome));
    }

    private static async Task<JourneyPage> ReadAsync(RunningEngine running, Site site, JourneyQuery query) =>
        await running.Engine.ReadJourneyAsync(site, query, default);

    private static async Task AssertJourneyAsync(RunningEngine running, Site site, string user, IEnumerable<EncodedEvent> expected, int limit = 1000)
    {
        var query = new JourneyQuery(user, Limit: limit);
        JourneyModel.AssertSame(JourneyModel.Read(expected, query), await ReadAsync(running, site, query));
    }
}

/// <summary>An engine and how to end it.</summary>
public sealed class RunningEngine(IAnalyticsEngine engine, Func<ValueTask> stop) : IAsyncDisposable
{
    /// <summary>The engine.</summary>
    public IAnalyticsEngine Engine => engine;

    public ValueTask DisposeAsync() => stop();
}
