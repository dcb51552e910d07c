using System.Text;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Text;

namespace GrainAnalytics.Benchmarks;

/// <summary>Events like the load rig's: 50,000 users with a square-law skew, 12 types, a payload of about 130 bytes.</summary>
internal sealed class RigEvents(int seed, int users = 50_000)
{
    private static readonly string[] Types = ["page_view", "page_view", "page_view", "button_click", "session_start", "search",
        "add_to_cart", "remove_from_cart", "purchase", "form_submit", "video_play", "video_pause"];

    private static readonly string[] Countries = ["DE", "US", "FR", "GB", "IN", "BR", "ES", "IT", "NL", "PL"], Browsers = ["Chrome", "Safari", "Firefox", "Edge", "Opera", "Samsung Internet"];

    private readonly Random _random = new(seed);

    public string NextJson(long now)
    {
        var (user, page) = (User(), _random.Next(1, 2001));
        return $$"""{"eventId":"{{NewId()}}","userId":"user_{{user}}","sessionId":"sess_{{user}}_{{_random.Next(1, 6)}}","type":"{{Types[_random.Next(12)]}}","payload":{{Payload(page)}},"occurredAt":"{{Instant.ToText(now)}}"}""";
    }

    /// <param name="now">When it happened.</param>
    /// <param name="enriched">With the facts of a browser's visit: one of some 600 contexts.</param>
    public EncodedEvent Next(long now, bool enriched = false)
    {
        var (user, page) = (User(), _random.Next(1, 2001));
        Span<byte> id = stackalloc byte[16];
        _random.NextBytes(id);
        Span<byte> facts = stackalloc byte[EventFacts.MaxSize];
        var writer = new FactsWriter(facts);
        if (enriched)
        {
            writer.Add(Fact.Path, Encoding.UTF8.GetBytes($"/products/{page}"));
            writer.Add(Fact.Host, "shop.example"u8);
            writer.Add(Fact.Referrer, "www.google.com"u8);
            writer.Add(Fact.Country, Encoding.UTF8.GetBytes(Countries[_random.Next(10)]));
            writer.Add(Fact.Language, Encoding.UTF8.GetBytes(Countries[_random.Next(10)].ToLowerInvariant()));
            writer.Add(Fact.Browser, Encoding.UTF8.GetBytes(Browsers[_random.Next(6)]));
        }
        return EventEncoder.Encode(new EventParts
        {
            Facts = facts[..writer.Size],
            Key = EventKey.Read(id), IdIsKeyText = true, HasSession = true, OccurredAt = now, ReceivedAt = now,
            Type = Encoding.UTF8.GetBytes(Types[_random.Next(12)]), UserId = Encoding.UTF8.GetBytes($"user_{user}"),
            SessionId = Encoding.UTF8.GetBytes($"sess_{user}_{_random.Next(1, 6)}"), Payload = Encoding.UTF8.GetBytes(Payload(page)),
        });
    }

    private int User() => (int)(users * Math.Pow(_random.NextDouble(), 2)) + 1;

    private string Payload(int page) =>
        $$"""{"url":"/products/{{page}}?ref=newsletter&pos={{_random.Next(1, 51)}}","referrer":"https://www.google.com/search?q=product+{{page}}","screen":"1920x1080"}""";

    private Guid NewId()
    {
        Span<byte> id = stackalloc byte[16];
        _random.NextBytes(id);
        return new Guid(id);
    }
}
