using System.Text;

namespace GrainAnalytics.Core.Enrichment;

/// <summary>Finds the facts of events: what a request's headers say once for all of its rows, and what each row says itself.</summary>
internal sealed class Enricher
{
    /// <summary>Bytes of scratch that <see cref="Write"/> needs.</summary>
    public const int ScratchSize = 2 * MaxHost + 5 * EventFacts.MaxTextBytes;

    private const int MaxHost = 256, MaxLanguages = 128;

    private readonly RecentCache<AgentKey, Agent> _agents = new(2048, key => AgentReader.Read(key));
    private readonly RecentCache<string, byte[]> _languages = new(512, LanguageOf);

    /// <summary>Reads what is the same for all rows of a request.</summary>
    public Visitor Visitor(RequestFacts request)
    {
        var languages = request.AcceptLanguage;
        return new Visitor(AgentOf(AgentKey.Of(request)), request.HasKeyHeader)
        {
            // Longer ones are nobody's browser's, and what they begin with is what they like best all the same.
            Language = string.IsNullOrEmpty(languages) ? null : _languages.Of(languages.Length > MaxLanguages ? languages[..MaxLanguages] : languages),
            Country = CountryOf(request.Country),
        };
    }

    /// <summary>Writes the facts of a row.</summary>
    /// <param name="visitor">What <see cref="Visitor"/> read.</param>
    /// <param name="payload">The row's payload, a well-formed object; empty for none.</param>
    /// <param name="context">Its context likewise.</param>
    /// <param name="domain">The site's host name, or null: the host of a page whose address names none.</param>
    /// <param name="scratch">At least <see cref="ScratchSize"/> bytes, for this call.</param>
    /// <param name="to">At least <see cref="EventFacts.MaxSize"/> bytes.</param>
    /// <returns>Bytes written.</returns>
    public int Write(ref Visitor visitor, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> context, string? domain, Span<byte> scratch, Span<byte> to)
    {
        var row = new RowInputs();
        if (!payload.IsEmpty) row.ReadPayload(payload);
        if (!context.IsEmpty) row.ReadContext(context);
        var agent = row.UserAgent.IsEmpty ? visitor.Agent : AgentOf(ref visitor, row.UserAgent);

        var free = scratch;
        var page = new PageAddress(row.Url);
        if (page.Path.IsEmpty) page = new PageAddress(row.Path);
        var host = page.Host.Length > MaxHost ? default : PageAddress.Lower(page.Host, ref free);
        var referrer = Referrer(row.Referrer, host, domain, ref free);

        var writer = new FactsWriter(to);
        if (!visitor.HasKeyHeader && (visitor.Agent.IsCrawler || agent.IsCrawler)) writer.AddBot();
        writer.AddEngagedMs(row.EngagedMs);
        writer.Add(Fact.Path, page.Path);
        writer.Add(Fact.Host, host);
        writer.Add(Fact.Referrer, referrer);
        row.Campaign.Read(page.Query, ref free);
        WriteOrigin(ref writer, row.Campaign, referrer, isPage: !page.Path.IsEmpty);
        WriteVisitor(ref writer, visitor, row, agent);
        return writer.Size;
    }

    private Agent AgentOf(AgentKey key) => key.IsEmpty ? Agent.Unknown : _agents.Of(key);

    // A server sends many rows of few visitors, one after the other.
    private Agent AgentOf(ref Visitor visitor, ReadOnlySpan<byte> text)
    {
        if (visitor.LastAgent is { } last && text.SequenceEqual(visitor.LastText)) return last;
        visitor.LastText = text.ToArray();
        return visitor.LastAgent = AgentOf(AgentKey.Of(Encoding.UTF8.GetString(text)));
    }

    private static byte[] LanguageOf(string header)
    {
        Span<byte> scratch = stackalloc byte[LanguageTag.MaxSize];
        return LanguageTag.OfHeader(header, scratch).ToArray();
    }

    private static byte[]? CountryOf(string? header)
    {
        if (header is not { Length: 2 } || !Ascii.IsValid(header)) return null;
        Span<byte> scratch = stackalloc byte[2];
        return Countries.Normalize([(byte)header[0], (byte)header[1]], scratch).ToArray();
    }

    // A page of the same site is no place to come from.
    private static ReadOnlySpan<byte> Referrer(ReadOnlySpan<byte> text, ReadOnlySpan<byte> host, string? domain, scoped ref Span<byte> free)
    {
        if (text.IsEmpty) return default;
        var from = PageAddress.HostOfReferrer(text);
        if (from.IsEmpty || from.Length > MaxHost) return default;
        from = PageAddress.WithoutWww(PageAddress.Lower(from, ref free));
        var isOwn = host.IsEmpty ? domain is not null && IsSame(from, domain) : from.SequenceEqual(PageAddress.WithoutWww(host));
        return isOwn ? default : from;
    }

    private static bool IsSame(ReadOnlySpan<byte> host, string domain) =>
        Ascii.EqualsIgnoreCase(host, domain.StartsWith("www.", StringComparison.OrdinalIgnoreCase) ? domain.AsSpan(4) : domain);

    private static void WriteOrigin(ref FactsWriter writer, scoped in Campaign campaign, ReadOnlySpan<byte> referrer, bool isPage)
    {
        var source = campaign.Source;
        var medium = campaign.Medium;
        if (source.IsEmpty && campaign.Click is { } click)
        {
            source = click.Source;
            if (medium.IsEmpty) medium = click.Medium;
        }
        Source? known;
        if (source.IsEmpty && !referrer.IsEmpty)
        {
            known = Sources.OfHost(referrer);
            source = known is null ? referrer : known.Name;
            if (medium.IsEmpty) medium = known is null ? "referral"u8 : known.Medium;
        }
        else known = Sources.OfName(source);
        writer.Add(Fact.Source, source);
        writer.Add(Fact.Medium, medium);
        writer.Add(Fact.Campaign, campaign.Name);
        writer.Add(Fact.Term, campaign.Term);
        writer.Add(Fact.Content, campaign.Content);
        // What happened on no page, such as on a server, came from nowhere.
        if (isPage || !source.IsEmpty || !medium.IsEmpty || !campaign.Name.IsEmpty)
            writer.Add(Fact.Channel, Channels.Of(source, medium, campaign.Name, known?.Kind ?? SourceKind.Unknown));
    }

    private static void WriteVisitor(ref FactsWriter writer, in Visitor visitor, scoped in RowInputs row, Agent agent)
    {
        Span<byte> scratch = stackalloc byte[ScreenSize.MaxSize], two = stackalloc byte[2], tag = stackalloc byte[LanguageTag.MaxSize];
        if (!row.Screen.IsEmpty) writer.Add(Fact.Screen, ScreenSize.Normalize(row.Screen, scratch));
        var country = row.Country.IsEmpty ? default : Countries.Normalize(row.Country, two);
        if (country.IsEmpty) country = visitor.Country;
        if (country.IsEmpty) country = Countries.OfTimeZone(row.TimeZone);
        writer.Add(Fact.Country, country);
        var language = row.Language.IsEmpty ? default : LanguageTag.Normalize(row.Language, tag);
        writer.Add(Fact.Language, language.IsEmpty ? visitor.Language : language);
        writer.AddWritten(agent.Facts);
    }
}
