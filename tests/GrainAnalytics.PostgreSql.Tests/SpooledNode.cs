using GrainAnalytics.Core.Engine;
using GrainAnalytics.Core.Erasures;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Spool;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.PostgreSql.Sites;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrainAnalytics.PostgreSql.Tests;

/// <summary>A single-node engine with a spool in front of it, on a database that can be taken away.</summary>
internal sealed class SpooledNode : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly SingleNodeEngine _inner;
    private readonly SpoolDrainer _drainer;
    private readonly List<Task> _work = [];

    /// <param name="postgres">The database.</param>
    /// <param name="engine">Options.</param>
    /// <param name="ingest">Options.</param>
    /// <param name="folder">Where the spool is; null for a new folder.</param>
    /// <param name="patience">After this what is not stored goes into the spool, also while nobody says that the store is away; null for long, so that a slow disk is no outage.</param>
    public SpooledNode(PostgresFixture postgres, EngineOptions? engine = null, IngestOptions? ingest = null, string? folder = null, TimeSpan? patience = null)
    {
        var (meters, time, logs) = (new TestMeters(), TimeProvider.System, NullLoggerFactory.Instance);
        Erased = new ErasureMetrics(meters);
        Store = new SilentStore(postgres.Store);
        Folder = folder ?? Path.Combine(Path.GetTempPath(), $"spool-{Guid.NewGuid():N}");
        Health = new StoreHealth(time, NullLogger<StoreHealth>.Instance);
        _inner = new SingleNodeEngine(engine ?? new(), ingest ?? new(), Store, new IngestMetrics(meters), new WriteMetrics(meters), time, logs, [],
            Health, new WritePatience(patience ?? PostgresFixture.Patience, EndsWhenAway: true));
        Spool = new EventSpool(new SpoolOptions { Path = Folder, MinFreeBytes = 0 }, new SpoolMetrics(meters), time, NullLogger<EventSpool>.Instance);
        Engine = new SpoolingEngine(_inner, Spool, Health, diskPatience: PostgresFixture.Patience);
        _drainer = new SpoolDrainer(Spool, _inner, new PostgresSiteDirectory(postgres.Database, time), Store, Health,
            postgres.Erasures, Erased, time, NullLogger<SpoolDrainer>.Instance);
        _work.Add(Health.RunAsync(Store.PingAsync, _stop.Token));
    }

    public ErasureMetrics Erased { get; }
    public string Folder { get; }
    public SilentStore Store { get; }
    public StoreHealth Health { get; }
    public EventSpool Spool { get; }
    public SpoolingEngine Engine { get; }

    /// <summary>Begins to deliver what is in the spool.</summary>
    public void StartDraining() => _work.Add(_drainer.RunAsync(_stop.Token));

    /// <summary>Gives the store back and waits until all of the spool is delivered.</summary>
    public async Task RecoverAsync()
    {
        Store.Return();
        StartDraining();
        await Wait.UntilAsync(() => !Health.IsAway && !Spool.HasBacklog && Engine.Buffer.Waiting == 0, "an empty spool and buffer");
    }

    /// <summary>Ends without deleting the spool, as a kill would.</summary>
    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_work).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _inner.DisposeAsync();
        Spool.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        Store.Return();
        await StopAsync();
        if (Directory.Exists(Folder)) Directory.Delete(Folder, recursive: true);
    }
}
