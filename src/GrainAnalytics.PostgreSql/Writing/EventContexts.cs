using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Rollups;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.PostgreSql.Writing;

/// <summary>Contexts of a batch of events: a number for each, and those that are to be written first.</summary>
internal sealed class EventContexts
{
    private readonly Dictionary<Utf8Text, long> _ids = [];
    private readonly SortedDictionary<(int SiteId, long Id), Utf8Text> _new = [];

    /// <summary>Numbers the contexts of rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="known">Contexts that are stored.</param>
    public EventContexts(ReadOnlySpan<EventRow> rows, KnownContexts known)
    {
        Ids = new long?[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            var context = new Utf8Text(new EventFacts(rows[i].Event.Facts).ContextBytes);
            if (context.Bytes.IsEmpty) continue;
            if (!_ids.TryGetValue(context, out var id)) _ids.Add(context, id = IdOf(context));
            Ids[i] = id;
            if (!known.Contains(rows[i].Site.Id, id)) _new[(rows[i].Site.Id, id)] = context;
        }
    }

    /// <summary>For each row the number of its context; null without one.</summary>
    public long?[] Ids { get; }

    /// <summary>Those not known to be stored, in the order of their locks.</summary>
    public IReadOnlyCollection<KeyValuePair<(int SiteId, long Id), Utf8Text>> New => _new;

    /// <summary>A context's values by the names of their columns.</summary>
    public static ReadOnlyMemory<byte> ToJson(Utf8Text context)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var (dimension, value) in ContextValues.Read(context)) json.WriteString(dimension.ToString().ToLowerInvariant(), value.Bytes.Span);
            json.WriteEndObject();
        }
        return buffer.ToArray();
    }

    private static long IdOf(Utf8Text context)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(context.Bytes.Span, hash);
        return BinaryPrimitives.ReadInt64BigEndian(hash);
    }
}
