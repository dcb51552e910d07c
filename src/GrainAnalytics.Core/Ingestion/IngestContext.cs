using System.Buffers;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Limits;
using GrainAnalytics.Core.Sites;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>One request on its way through the pipeline: what came in, and what each step made of it.</summary>
public sealed class IngestContext : IDisposable
{
    private RawEvent[] _rows = [];
    private List<IngestError>? _errors;

    /// <summary>Starts a request.</summary>
    /// <param name="options">Limits.</param>
    /// <param name="receivedAt">Arrival, Unix microseconds.</param>
    /// <param name="credential">The key the request carries, or null.</param>
    /// <param name="source">Its body; the caller's to dispose.</param>
    public IngestContext(IngestOptions options, long receivedAt, string? credential, IIngestBody source) =>
        (Options, ReceivedAt, JudgedAt, Credential, Source) = (options, receivedAt, receivedAt, credential, source);

    /// <summary>Limits.</summary>
    public IngestOptions Options { get; }

    /// <summary>Arrival, Unix microseconds.</summary>
    public long ReceivedAt { get; }

    /// <summary>The clock, Unix microseconds, that times may not lie too far ahead of: the arrival, or now for what is tried again.</summary>
    internal long JudgedAt { get; init; }

    /// <summary>Identity of an event that names none; null to mint one.</summary>
    internal EventKey? KeyWithoutId { get; init; }

    /// <summary>The key the request carries, or null.</summary>
    public string? Credential { get; }

    /// <summary>The body.</summary>
    public IIngestBody Source { get; }

    internal ReadOnlyMemory<byte> Body { get; set; }

    /// <summary>The site, once authenticated.</summary>
    public SiteAccess? Access { get; internal set; }

    /// <summary>Rows found, in request order.</summary>
    public int Count { get; private set; }

    /// <summary>One encoded event a row; empty where the row was rejected.</summary>
    public EncodedEvent[] Events { get; internal set; } = [];

    /// <summary>One verdict a row, once delivered.</summary>
    public IngestOutcome[] Verdicts { get; internal set; } = [];

    /// <summary>Why rows were rejected, by ascending index.</summary>
    public IReadOnlyList<IngestError> Errors => _errors ?? (IReadOnlyList<IngestError>)[];

    /// <summary>What to tell people about a refusal of the whole request, or null for the outcome's standard text.</summary>
    public string? Detail { get; private set; }

    /// <summary>When the sender should try again, where a refusal knows it.</summary>
    public TimeSpan? RetryAfter { get; private set; }

    /// <summary>The limit that refused the request, or null.</summary>
    public LimitReport? Limit { get; private set; }

    internal Span<RawEvent> Rows => _rows.AsSpan(0, Count);

    internal int Valid { get; set; }

    internal int Cookieless { get; set; }   // valid rows that want their visitor named

    internal byte[] VisitorId { get; set; } = [];

    internal int Metered { get; set; }      // events that were taken off the site's quota

    internal ref RawEvent AddRow()
    {
        if (Count == _rows.Length)
        {
            var larger = ArrayPool<RawEvent>.Shared.Rent(Math.Max(1, _rows.Length * 4));
            _rows.AsSpan(0, Count).CopyTo(larger);
            ReturnRows();
            _rows = larger;
        }
        _rows[Count] = default;
        return ref _rows[Count++];
    }

    internal void ClearRows() => Count = 0;

    internal void Reject(int index, IngestOutcome outcome, string detail)
    {
        Rows[index].Outcome = outcome;
        AddError(new IngestError(index, outcome, detail));
    }

    internal void AddError(IngestError error) => (_errors ??= []).Add(error);

    internal void SortErrors() => _errors?.Sort((a, b) => a.Index.CompareTo(b.Index));

    internal IngestOutcome Refuse(IngestOutcome outcome, string detail)
    {
        Detail = detail;
        return outcome;
    }

    internal IngestOutcome RefuseFor(TimeSpan wait, IngestOutcome outcome)
    {
        RetryAfter = wait;
        return outcome;
    }

    internal IngestOutcome RefuseBy(LimitReport limit, IngestOutcome outcome)
    {
        Limit = limit;
        return RefuseFor(limit.Reset, outcome);
    }

    /// <summary>Gives pooled memory back; the body is the caller's.</summary>
    public void Dispose()
    {
        ReturnRows();
        _rows = [];
        Count = 0;
    }

    private void ReturnRows()
    {
        if (_rows.Length > 0) ArrayPool<RawEvent>.Shared.Return(_rows);
    }
}
