using System.Text;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Fuzz.Targets;

namespace GrainAnalytics.Fuzz.Model;

/// <summary>The facts of an event, made of any bytes, and what must be read of them again.</summary>
internal sealed class FactsModel
{
    private readonly List<(Fact Fact, string Text)> _texts = [];
    private bool _isBot;
    private int _engagedMs;

    /// <summary>The bytes that the writer made of them.</summary>
    public byte[] Written { get; }

    /// <summary>Makes facts: for each one whether it is there, then a piece of text and how often it is repeated.</summary>
    public FactsModel(ReadOnlySpan<byte> input)
    {
        var to = new byte[EventFacts.MaxSize];
        var reader = new ByteReader(input);
        var writer = new FactsWriter(to);
        foreach (var fact in Enum.GetValues<Fact>())
        {
            if (reader.Byte() % 3 != 1) continue;
            if (fact == Fact.Bot) writer.AddBot();
            else if (fact == Fact.EngagedMs) writer.AddEngagedMs(_engagedMs = (int)reader.Int64());
            else
            {
                var text = string.Concat(Enumerable.Repeat(Encoding.Latin1.GetString(reader.Take(1 + reader.Byte() % 3)), reader.UInt16() % 2500));
                writer.Add(fact, Encoding.UTF8.GetBytes(text));
                if (text.Length > 0 && !text.Contains('\0')) _texts.Add((fact, Cut(fact, text)));
            }
            _isBot |= fact == Fact.Bot;
        }
        Written = to[..writer.Size];
    }

    /// <summary>Compares with what was read.</summary>
    public void Check(EventFacts read)
    {
        FuzzFailure.UnlessEqual((_isBot, Math.Max(0, _engagedMs)), (read.IsBot, read.EngagedMs), "bot and attention");
        foreach (var fact in Enum.GetValues<Fact>().Where(fact => fact >= Fact.Path))
            FuzzFailure.UnlessEqual(_texts.Find(each => each.Fact == fact).Text ?? "", Encoding.UTF8.GetString(read[fact].Span), $"{fact}");
        var shared = new FactsWriter(new byte[EventFacts.MaxSize]);
        foreach (var (fact, text) in _texts) if (fact > Fact.Path) shared.Add(fact, Encoding.UTF8.GetBytes(text));
        FuzzFailure.UnlessEqual(shared.Size, read.ContextBytes.Length, "bytes of the context");
    }

    /// <summary>Asks everything of facts that were decoded, and writes them again.</summary>
    public static void AskAll(ReadOnlyMemory<byte> facts)
    {
        var read = new EventFacts(facts);
        var to = new byte[EventFacts.MaxSize];
        var writer = new FactsWriter(to);
        if (read.IsBot) writer.AddBot();
        writer.AddEngagedMs(read.EngagedMs);
        foreach (var (fact, value) in read) if (fact >= Fact.Path) writer.Add(fact, value.Span);
        FuzzFailure.Unless(facts.Span.SequenceEqual(to.AsSpan(0, writer.Size)), "facts that were read and written again");
        FuzzFailure.Unless(facts.Span.EndsWith(read.ContextBytes.Span), "the context is the facts' end");
    }

    private static string Cut(Fact fact, string text)
    {
        var runes = text.EnumerateRunes().ToList();
        if (fact != Fact.Path) return string.Concat(runes.Take(EventFacts.MaxCharacters));
        var (bytes, kept) = (0, 0);
        while (kept < runes.Count && (bytes += runes[kept].Utf8SequenceLength) <= EventFacts.MaxPathBytes) kept++;
        return string.Concat(runes.Take(kept));
    }
}
