using System.Text;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Events;
using GrainAnalytics.Core.Sites;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Core.Writing;

namespace GrainAnalytics.Testing;

/// <summary>Events from simple arguments.</summary>
public static class TestEvents
{
    /// <summary>The instant that events happen at when a test does not care: noon, 15 March 2026, UTC.</summary>
    public static readonly long Noon = At("2026-03-15T12:00:00Z");

    private static long _arrivals;

    /// <summary>Unix microseconds of an ISO 8601 text.</summary>
    public static long At(string text) =>
        Instant.TryParse(text, out var at, out _) ? at : throw new ArgumentException($"{text} is no instant.");

    /// <summary>Encodes an event. No two calls give the same arrival unless they name it.</summary>
    public static EncodedEvent Make(string user = "ada", string type = "page_view", string? id = null, long? at = null,
        string? session = null, string? anonymous = null, string payload = "{}", long? received = null, byte[]? facts = null)
    {
        var parts = new EventParts
        {
            Type = Encoding.UTF8.GetBytes(type),
            UserId = Encoding.UTF8.GetBytes(user),
            HasSession = session is not null,
            SessionId = Encoding.UTF8.GetBytes(session ?? ""),
            HasAnonymousId = anonymous is not null,
            AnonymousId = Encoding.UTF8.GetBytes(anonymous ?? ""),
            OccurredAt = at ?? Noon,
            ReceivedAt = received ?? At("2026-03-16T00:00:00Z") + Interlocked.Increment(ref _arrivals),
            Payload = Encoding.UTF8.GetBytes(payload),
            Facts = facts,
            Id = Encoding.UTF8.GetBytes(id ?? Guid.NewGuid().ToString()),
        };
        parts.Key = EventKey.Of(parts.Id, out parts.IdIsKeyText);
        return EventEncoder.Encode(parts);
    }

    /// <summary>Makes the facts of an event; texts that are empty are left out.</summary>
    public static byte[] Facts(bool isBot = false, int engagedMs = 0, string path = "", params ReadOnlySpan<(Fact Fact, string Text)> others)
    {
        var to = new byte[EventFacts.MaxSize];
        var writer = new FactsWriter(to);
        if (isBot) writer.AddBot();
        writer.AddEngagedMs(engagedMs);
        writer.Add(Fact.Path, Encoding.UTF8.GetBytes(path));
        foreach (var (fact, text) in others) writer.Add(fact, Encoding.UTF8.GetBytes(text));
        return to[..writer.Size];
    }

    /// <summary>Makes the row that an engine would make of an event.</summary>
    public static EventRow Row(Site site, EncodedEvent value) => EventRow.Of(site, value);

    /// <summary>Makes rows in the order that writers want.</summary>
    public static EventRow[] Rows(Site site, IEnumerable<EncodedEvent> events) =>
        [.. events.Select(value => Row(site, value)).OrderBy(row => row.Event.Key)];

    /// <summary>What a test compares of an event: everything that was sent.</summary>
    public static string Describe(EncodedEvent value) =>
        $"{Instant.ToText(value.OccurredAt)} {value.IdText} {value.UserIdText} {Encoding.UTF8.GetString(value.Type.Span)} "
        + $"{(value.HasSession ? Encoding.UTF8.GetString(value.SessionId.Span) : "-")} "
        + $"{(value.HasAnonymousId ? Encoding.UTF8.GetString(value.AnonymousId.Span) : "-")} {Encoding.UTF8.GetString(value.Payload.Span)}";

    /// <summary>Describes many.</summary>
    public static IEnumerable<string> Describe(IEnumerable<EncodedEvent> events) => events.Select(Describe);
}
