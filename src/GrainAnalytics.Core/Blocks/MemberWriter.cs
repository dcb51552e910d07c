using System.Buffers;
using System.Text.Json;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Core.Blocks;

/// <summary>Members of payloads of a block, column by column: the outermost ones, as the database's <c>-&gt;&gt;</c> shows them. A member whose column would be large is left out, and said to be.</summary>
public sealed class MemberWriter
{
    /// <summary>Most names in a block, and longest name and value in bytes of UTF-8.</summary>
    public const int MostNames = 128, LongestName = 128, LongestValue = 256;

    // No payload that is accepted is as deep.
    private static readonly JsonReaderOptions Deep = new() { MaxDepth = 10_000 };

    private readonly Dictionary<Utf8Text, MemberColumn> _columns = new(Utf8TextComparer.Instance);
    private readonly Dictionary<Utf8Text, MemberColumn>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private byte[] _text = new byte[1024];
    private bool _hasAll = true;

    /// <summary>Begins.</summary>
    public MemberWriter() => _lookup = _columns.GetAlternateLookup<ReadOnlySpan<byte>>();

    /// <summary>Adds what an event's payload has.</summary>
    /// <param name="number">The event, not before the last one.</param>
    /// <param name="json">The payload, UTF-8.</param>
    public void Add(int number, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, Deep);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var column = TryText(ref reader, out var name) ? ColumnOf(name) : null;
            if (column is null) _hasAll = false;
            reader.Read();
            switch (reader.TokenType)
            {
                case JsonTokenType.Null: column?.Set(number, default); break;
                case JsonTokenType.String when TryText(ref reader, out var text): column?.Set(number, text); break;
                // The database cannot show it either.
                case JsonTokenType.String: column?.GiveUp(); break;
                case JsonTokenType.StartObject or JsonTokenType.StartArray:
                    var start = (int)reader.TokenStartIndex;
                    reader.Skip();
                    column?.Set(number, json[start..(int)reader.BytesConsumed]);
                    break;
                default: column?.Set(number, reader.ValueSpan); break;
            }
        }
    }

    /// <summary>Says what an event has of a member that a question is about; a block that is made for the question has no others.</summary>
    public void Set(int number, string name, string? value)
    {
        // A name may be longer than any that is kept: then the block lacks it.
        if (ColumnOf(System.Text.Encoding.UTF8.GetBytes(name)) is not { } column) _hasAll = false;
        else if (value is not null) column.Set(number, System.Text.Encoding.UTF8.GetBytes(value));
    }

    /// <summary>The columns; the next block starts empty.</summary>
    /// <param name="events">How many the block has.</param>
    public BlockMembers Take(int events)
    {
        var columns = _columns.Select(column => (Name: System.Text.Encoding.UTF8.GetString(column.Key.Bytes.Span), Bytes: column.Value.Pack(events)))
            .Where(column => column.Bytes is not { Length: 0 }).ToDictionary(column => column.Name, column => column.Bytes, StringComparer.Ordinal);
        var taken = new BlockMembers(columns, _hasAll);
        _columns.Clear();
        _hasAll = true;
        return taken;
    }

    private MemberColumn? ColumnOf(ReadOnlySpan<byte> name)
    {
        if (_lookup.TryGetValue(name, out var column)) return column;
        if (_columns.Count == MostNames || name.Length > LongestName) return null;
        _columns.Add(new Utf8Text(name.ToArray()), column = new MemberColumn());
        return column;
    }

    // False for half a surrogate pair and for a character that the database's texts cannot have.
    private bool TryText(ref Utf8JsonReader reader, out ReadOnlySpan<byte> text)
    {
        text = reader.ValueSpan;
        if (!reader.ValueIsEscaped) return true;
        if (_text.Length < text.Length) _text = new byte[text.Length];
        try
        {
            text = _text.AsSpan(0, reader.CopyString(_text));
        }
        catch (InvalidOperationException)
        {
            return false;
        }
        return text.IndexOf((byte)0) < 0;
    }
}

/// <summary>Packed members of a block.</summary>
/// <param name="Columns">By name: the column; null when it is left out.</param>
/// <param name="HasAll">False when other names occur, which are left out too.</param>
public sealed record BlockMembers(IReadOnlyDictionary<string, byte[]?> Columns, bool HasAll)
{
    /// <summary>A member's column; empty: it does not occur; null: it is left out.</summary>
    public byte[]? Find(string name) => Columns.TryGetValue(name, out var column) ? column : HasAll ? [] : null;
}
