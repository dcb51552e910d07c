using System.Text.Json;
using System.Text.Unicode;
using GrainAnalytics.Core.Ingestion;
using GrainAnalytics.Core.Signing;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Visitors;
using GrainAnalytics.Web.Ingestion;

namespace GrainAnalytics.Web.Dialects;

/// <summary>A request in another product's format: a body for the pipeline that becomes one in ours when it is read.</summary>
internal sealed class DialectRequest(HttpRequest http, Dialect dialect, IngestOptions options, long receivedAt, BodyMemory memory, IVisitorSalts salts) : IIngestBody, IDisposable
{
    private static ReadOnlySpan<byte> GzipMark => [0x1f, 0x8b];

    private readonly RequestBody _body = new(http, memory);
    private IngestOutcome? _loaded;

    /// <summary>The request itself.</summary>
    public HttpRequest Http => http;

    /// <summary>Arrival, Unix microseconds.</summary>
    public long ReceivedAt => receivedAt;

    /// <summary>What was sent: JSON in UTF-8, once loaded.</summary>
    public ReadOnlyMemory<byte> Text { get; set; }

    /// <summary>Takes the rows that the text becomes.</summary>
    public RowWriter Rows { get; } = new(memory);

    /// <summary>Whose rows are wanted: what the text calls the site; null where a header says it.</summary>
    public string? SiteName { get; set; }

    /// <summary>The site, once the pipeline found it.</summary>
    public SiteAccess Access => Context!.Access!;

    /// <summary>What the pipeline makes of it.</summary>
    public IngestContext? Context { get; set; }

    /// <summary>The key with which the site's visitors are named today, for dialects that want it.</summary>
    public byte[] Salt { get; private set; } = [];

    /// <summary>What the dialect wants to remember until its answer.</summary>
    public object? State { get; set; }

    /// <summary>True when there is room for no more rows.</summary>
    public bool HasTooMany => Rows.Count >= options.MaxEvents;

    /// <inheritdoc/>
    public bool IsLines => false;

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Bytes => Rows.Written;

    /// <inheritdoc/>
    public async ValueTask<IngestOutcome> ReadAsync(int maxBytes, SignatureCheck? check, CancellationToken cancel)
    {
        var outcome = await LoadAsync(maxBytes, cancel);
        if (outcome != IngestOutcome.Accepted) return outcome;
        Rows.Clear();
        if (dialect.NamesVisitors) Salt = await salts.FindAsync(Access.Site.Clock.DayOf(receivedAt), cancel);
        outcome = Translate();
        Rows.Finish();
        return Rows.IsFull ? IngestOutcome.ServerBusy : outcome;
    }

    /// <summary>Reads and unpacks what was sent, the first time.</summary>
    public async ValueTask<IngestOutcome> LoadAsync(int maxBytes, CancellationToken cancel) => _loaded ??= await LoadOnceAsync(maxBytes, cancel);

    /// <summary>What sites the text names.</summary>
    /// <returns>Accepted, or MalformedBody.</returns>
    public IngestOutcome FindSites(List<string> names) => Guarded(() => dialect.FindSites(this, names));

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Rows.Dispose();
        _body.Dispose();
    }

    private IngestOutcome Translate() => Guarded(() => dialect.Translate(this));

    private async ValueTask<IngestOutcome> LoadOnceAsync(int maxBytes, CancellationToken cancel)
    {
        var outcome = await _body.ReadAsync(maxBytes, null, cancel);
        if (outcome != IngestOutcome.Accepted) return outcome;
        // Some SDKs do not say that they compressed it, or say it in places of their own.
        if (_body.Bytes.Span.StartsWith(GzipMark))
        {
            outcome = await _body.UnpackAsync("gzip", maxBytes, cancel);
            if (outcome != IngestOutcome.Accepted) return outcome;
        }
        Text = _body.Bytes;
        outcome = dialect.Unwrap(this);
        if (outcome != IngestOutcome.Accepted) return outcome;
        if (Text.Span.StartsWith("\uFEFF"u8)) Text = Text[3..];
        if (Text.Span.IndexOfAnyExcept(" \t\r\n"u8) < 0) return IngestOutcome.NoEvents;
        return Utf8.IsValid(Text.Span) ? IngestOutcome.Accepted : IngestOutcome.MalformedBody;
    }

    private static IngestOutcome Guarded(Func<IngestOutcome> read)
    {
        try
        {
            return read();
        }
        catch (JsonException)
        {
            return IngestOutcome.MalformedBody;
        }
    }
}
