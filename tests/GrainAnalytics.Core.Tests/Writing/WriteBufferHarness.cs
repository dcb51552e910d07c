using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Writing;
using GrainAnalytics.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace GrainAnalytics.Core.Tests.Writing;

/// <summary>A write buffer on a fake store.</summary>
internal sealed class WriteBufferHarness : IAsyncDisposable, ICommitObserver
{
    private static readonly Site Site = new(1, "test", null, SiteClock.Utc);

    // On the machine's own clock nobody gives up, unless a test says when: it may stand still for some seconds.
    public WriteBufferHarness(IngestOptions? options = null, TimeProvider? time = null, bool endsWhenAway = false, TimeSpan? patience = null)
    {
        Health = new StoreHealth(time ?? TimeProvider.System, NullLogger<StoreHealth>.Instance);
        var meters = new TestMeters();
        Buffer = new WriteBuffer(options ?? new(), Store, this, new WriteMetrics(meters), new IngestMetrics(meters), time ?? TimeProvider.System,
            NullLogger<WriteBuffer>.Instance, Health, new WritePatience(patience ?? (time is null ? TimeSpan.FromMinutes(2) : (options ?? new()).AnswerWithin), endsWhenAway));
    }

    public FakeStore Store { get; } = new();
    public WriteBuffer Buffer { get; }
    public StoreHealth Health { get; }
    public Action<WriteResult> OnCommitted { get; set; } = _ => { };

    /// <summary>Adds a request; a refusal is its answer.</summary>
    public Task<IngestOutcome[]> AddAsync(params EncodedEvent[] events) => AddAsync(null, events);

    public Task<IngestOutcome[]> AddAsync(IWriteOwner? owner, params EncodedEvent[] events)
    {
        var append = new PendingAppend(events.Length);
        var refused = Buffer.TryAdd([.. events.Select((e, i) => new WriteItem(TestEvents.Row(Site, e), owner, append, i))]);
        if (refused != IngestOutcome.Accepted) append.GiveUp(refused);
        return append.Task;
    }

    public static Task<IngestOutcome[]> AnswerAsync(Task<IngestOutcome[]> append) => Wait.ForAsync(append, "the answer to an append");

    public void Committed(IReadOnlyList<EventRow> rows, WriteResult result) => OnCommitted(result);

    public ValueTask DisposeAsync()
    {
        Store.Open();
        return Buffer.DisposeAsync();
    }
}
