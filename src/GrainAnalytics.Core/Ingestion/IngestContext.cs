using System.Buffers;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Limits;
using GrainAnalytics.Core.Sites;

namespace GrainAnalytics.Core.Ingestion;

/// <summary>One request on its way through the pipeline: what came in, and what each step made of it.</summary>
public sealed class IngestContext : IDisposable
{
    private RawEvent[] _rows = [];
    private List<IngestError>? _errors;
    private byte[] _facts = [];
    private int _factsSize;

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

    /// <summary>True when the credential may also be the site's domain or its number, as some SDKs name sites.</summary>
    public bool MayNameSite { get; init; }

    /// <summary>True when rejected rows go to the dead letters also where all of them are: for senders that are not told.</summary>
    public bool KeepsRejected { get; init; }

    /// <summary>The body.</summary>
    public IIngestBody Source { get; }

    /// <summary>What its headers say of who sent it.</summary>
    public RequestFacts Request { get; init; } = RequestFacts.None;

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

    /// <summary>Room for a row's facts; the next <see cref="TakeFacts"/> says how much of it they took.</summary>
    internal Span<byte> FactsRoom(int atLeast)
    {
        if (_facts.Length - _factsSize < atLeast)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_factsSize + atLeast, 2 * _facts.Length));
            _facts.AsSpan(0, _factsSize).CopyTo(larger);
            ReturnFacts();
            _facts = larger;
        }
        return _facts.AsSpan(_factsSize);
    }

    internal (int Start, int Length) TakeFacts(int size)
    {
        var place = (_factsSize, size);
        _factsSize += size;
        return place;
    }

    internal ReadOnlySpan<byte> FactsOf(in RawEvent row) => _facts.AsSpan(row.Facts.Start, row.Facts.Length);

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
        ReturnFacts();
        (_rows, _facts, _factsSize) = ([], [], 0);
        Count = 0;
    }

    private void ReturnFacts()
    {
        if (_facts.Length > 0) ArrayPool<byte>.Shared.Return(_facts);
    }

    private void ReturnRows()
    {
        if (_rows.Length > 0) ArrayPool<RawEvent>.Shared.Return(_rows);
    }
}
