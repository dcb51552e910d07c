using System.Text;
using System.Text.Json;
using GrainAnalytics.Core.Ingestion;

namespace GrainAnalytics.Fuzz.Model;

/// <summary>What a request must become.</summary>
/// <param name="Outcome">Accepted when at least one row is; else why the request is refused.</param>
/// <param name="Rows">Its rows; empty when the request is refused before they are judged.</param>
internal sealed record ExpectedRequest(IngestOutcome Outcome, IReadOnlyList<ExpectedRow> Rows)
{
    /// <summary>A second outcome that is right as well, or the same.</summary>
    public IngestOutcome OrOutcome { get; init; } = Outcome;
}

/// <summary>Judges bodies by docs/api.md.</summary>
internal sealed class RequestModel(IngestOptions options, long receivedAt)
{
    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    private static readonly JsonDocumentOptions AnyDepth = new() { MaxDepth = int.MaxValue };

    private readonly JsonGrammar _grammar = new();
    private readonly RowModel _rows = new(options, receivedAt);

    /// <summary>Judges a body.</summary>
    public ExpectedRequest Judge(byte[] body, bool isLines)
    {
        if (body.Length > options.MaxBodyBytes) return Refused(IngestOutcome.BodyTooLarge);
        var start = body.AsSpan().StartsWith("\uFEFF"u8) ? 3 : 0;
        return isLines ? JudgeLines(body, start) : JudgeValue(body, start);
    }

    private ExpectedRequest JudgeValue(byte[] body, int start)
    {
        if (IsBlank(body.AsSpan(start))) return Refused(IngestOutcome.NoEvents);
        if (!IsUtf8(body.AsSpan(start))) return Refused(IngestOutcome.MalformedBody);
        var isWhole = _grammar.IsOneValue(body, start, body.Length);
        // A reader that counts as it goes says so before it comes to what is malformed behind.
        if (!isWhole)
            return new(IngestOutcome.MalformedBody, [])
            { OrOutcome = _grammar.ElementsBegun > options.MaxEvents ? IngestOutcome.TooManyEvents : IngestOutcome.MalformedBody };
        using var document = JsonDocument.Parse(body.AsMemory(start), AnyDepth);
        var root = document.RootElement;
        if (root.ValueKind == JsonValueKind.Object) return Judged([Judge(root)]);
        if (root.ValueKind != JsonValueKind.Array) return Refused(IngestOutcome.MalformedBody);
        if (root.GetArrayLength() == 0) return Refused(IngestOutcome.NoEvents);
        if (root.GetArrayLength() > options.MaxEvents) return Refused(IngestOutcome.TooManyEvents);
        return Judged([.. root.EnumerateArray().Select(Judge)]);
    }

    private ExpectedRequest JudgeLines(byte[] body, int start)
    {
        var rows = new List<ExpectedRow>();
        for (int end; start < body.Length; start = end + 1)
        {
            end = Array.IndexOf(body, (byte)'\n', start);
            if (end < 0) end = body.Length;
            var line = body.AsMemory(start, end - start);
            if (IsBlank(line.Span)) continue;
            if (rows.Count == options.MaxEvents) return Refused(IngestOutcome.TooManyEvents);
            if (!IsUtf8(line.Span) || !_grammar.IsOneValue(body, start, end)) rows.Add(new(IngestOutcome.MalformedLine));
            else
            {
                using var document = JsonDocument.Parse(line, AnyDepth);
                rows.Add(Judge(document.RootElement));
            }
        }
        return rows.Count == 0 ? Refused(IngestOutcome.NoEvents) : Judged(rows);
    }

    private ExpectedRow Judge(JsonElement row)
    {
        var raw = System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(row).ToArray();
        FuzzFailure.Unless(_grammar.IsOneValue(raw, 0, raw.Length), "the two oracles disagree on a value");
        return _rows.Judge(row, _grammar.Nesting);
    }

    private static ExpectedRequest Judged(IReadOnlyList<ExpectedRow> rows) =>
        new(rows.Any(row => row.Outcome == IngestOutcome.Accepted) ? IngestOutcome.Accepted : IngestOutcome.NothingValid, rows);

    private static ExpectedRequest Refused(IngestOutcome outcome) => new(outcome, []);

    private static bool IsBlank(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(" \t\r\n"u8) < 0;

    private static bool IsUtf8(ReadOnlySpan<byte> text)
    {
        try
        {
            return Utf8.GetCharCount(text) >= 0;
        }
        catch (DecoderFallbackException)
        {
            return false;
        }
    }
}
