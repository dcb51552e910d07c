using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Web.Dialects.Json;
using GrainAnalytics.Web.Ingestion;

namespace GrainAnalytics.Web.Dialects;

/// <summary>Writes rows in the format of POST /v1/events into pooled memory, mostly by copying pieces of a request as they stand
/// there. What is wrong with a piece is judged by the pipeline, a row at a time.</summary>
internal sealed class RowWriter(BodyMemory memory) : IDisposable
{
    private const int LongestHeader = 512;

    private byte[] _buffer = [];
    private int _length, _contextAt;
    private bool _needsComma, _neededComma;

    /// <summary>Rows so far.</summary>
    public int Count { get; private set; }

    /// <summary>True when there was no memory; what was written is then not whole.</summary>
    public bool IsFull { get; private set; }

    /// <summary>The array of rows, once finished; gone after Dispose and Clear.</summary>
    public ReadOnlyMemory<byte> Written => _buffer.AsMemory(0, _length);

    /// <summary>Begins the array anew.</summary>
    public void Clear()
    {
        (Count, _length, _needsComma) = (0, 0, false);
        Raw("["u8);
    }

    /// <summary>Ends the array.</summary>
    public void Finish() => Raw("]"u8);

    /// <summary>Begins a row.</summary>
    public void Begin()
    {
        Raw(Count++ == 0 ? "{"u8 : ",{"u8);
        _needsComma = false;
    }

    /// <summary>Ends a row.</summary>
    public void End() => Raw("}"u8);

    /// <summary>Writes what should have been an event and is not even an object, so that it is rejected as that.</summary>
    public void NoObject(ReadOnlySpan<byte> text, JsonPiece value)
    {
        if (Count++ > 0) Raw(","u8);
        Raw(value.In(text));
    }

    /// <summary>A member as it stands in the request; nothing when it is absent.</summary>
    public void Piece(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text, JsonPiece value)
    {
        if (value.IsAbsent) return;
        Name(name);
        Raw(value.In(text));
    }

    /// <summary>An id: a string as it stands there, a number as a string. Nothing when it is absent or empty, as some SDKs send it.</summary>
    public void Id(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text, JsonPiece value)
    {
        if (value.Kind == JsonTokenType.String && !value.IsText) return;
        if (value.IsNumber) Quoted(name, value.In(text));
        else Piece(name, text, value);
    }

    /// <summary>A string as it stands there; nothing when it is anything else, or empty.</summary>
    public void Text(ReadOnlySpan<byte> name, ReadOnlySpan<byte> text, JsonPiece value)
    {
        if (value.IsText) Piece(name, text, value);
    }

    /// <summary>A string of which nothing needs an escape, or has it already.</summary>
    public void Quoted(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        Name(name);
        Raw("\""u8);
        Raw(value);
        Raw("\""u8);
    }

    /// <summary>A request's header; nothing when it is absent.</summary>
    public void Header(ReadOnlySpan<byte> name, string? value)
    {
        if (string.IsNullOrEmpty(value)) return;
        if (value.Length > LongestHeader) value = value[..(char.IsHighSurrogate(value[LongestHeader - 1]) ? LongestHeader - 1 : LongestHeader)];
        Quoted(name, JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).EncodedUtf8Bytes);
    }

    /// <summary>An instant, in Unix microseconds.</summary>
    public void Time(ReadOnlySpan<byte> name, long microseconds)
    {
        Span<byte> text = stackalloc byte[32];
        Quoted(name, text[..Instant.Format(microseconds, text)]);
    }

    /// <summary>A whole number.</summary>
    public void Number(ReadOnlySpan<byte> name, long value)
    {
        Span<byte> text = stackalloc byte[20];
        Utf8Formatter.TryFormat(value, text, out var length);
        Name(name);
        Raw(text[..length]);
    }

    /// <summary>A screen's size such as "1440x900"; nothing unless both are whole numbers.</summary>
    public void Screen(ReadOnlySpan<byte> text, JsonPiece width, JsonPiece height)
    {
        if (!IsSize(text, width) || !IsSize(text, height)) return;
        Name("screen"u8);
        Raw("\""u8);
        Raw(width.In(text));
        Raw("x"u8);
        Raw(height.In(text));
        Raw("\""u8);
    }

    /// <summary>Begins a member that is an object.</summary>
    public void Open(ReadOnlySpan<byte> name)
    {
        Name(name);
        Raw("{"u8);
        _needsComma = false;
    }

    /// <summary>Ends it.</summary>
    public void Close()
    {
        Raw("}"u8);
        _needsComma = true;
    }

    /// <summary>Begins what describes the page and the device.</summary>
    public void OpenContext()
    {
        (_contextAt, _neededComma) = (_length, _needsComma);
        Open("context"u8);
    }

    /// <summary>Ends it; if nothing came, it is as if it had not begun.</summary>
    public void CloseContext()
    {
        if (_needsComma) Close();
        else (_length, _needsComma) = (_contextAt, _neededComma);
    }

    /// <summary>The members of an object into the one that is open.</summary>
    public void Inside(ReadOnlySpan<byte> text, JsonPiece value)
    {
        if (!value.IsObject) return;
        var inside = text.Slice(value.Start + 1, value.Length - 2);
        if (inside.IndexOfAnyExcept(" \t\r\n"u8) < 0) return;
        if (_needsComma) Raw(","u8);
        Raw(inside);
        _needsComma = true;
    }

    /// <summary>A member's name; its value is to follow.</summary>
    public void Name(ReadOnlySpan<byte> name)
    {
        Raw(_needsComma ? ",\""u8 : "\""u8);
        Raw(name);
        Raw("\":"u8);
        _needsComma = true;
    }

    /// <summary>Bytes as they are.</summary>
    public void Raw(ReadOnlySpan<byte> json)
    {
        if (json.Length > _buffer.Length - _length && !TryGrow(json.Length)) return;
        json.CopyTo(_buffer.AsSpan(_length));
        _length += json.Length;
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        Return(_buffer);
        (_buffer, _length) = ([], 0);
    }

    private static bool IsSize(ReadOnlySpan<byte> text, JsonPiece value) =>
        value.IsNumber && value.Length <= 6 && value.In(text).IndexOfAnyExceptInRange((byte)'0', (byte)'9') < 0;

    private bool TryGrow(int more)
    {
        var larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Math.Max(4096L, Math.Max(2L * _buffer.Length, (long)_length + more)), Array.MaxLength));
        if (IsFull || larger.Length - _length < more || !memory.TryTake(larger.Length))
        {
            ArrayPool<byte>.Shared.Return(larger);
            IsFull = true;
            return false;
        }
        _buffer.AsSpan(0, _length).CopyTo(larger);
        Return(_buffer);
        _buffer = larger;
        return true;
    }

    private void Return(byte[] buffer)
    {
        if (buffer.Length == 0) return;
        memory.Return(buffer.Length);
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
