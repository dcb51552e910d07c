using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using GrainAnalytics.Core.Enrichment;
using GrainAnalytics.Core.Text;
using GrainAnalytics.Fuzz.Generation;
using GrainAnalytics.Fuzz.Model;

namespace GrainAnalytics.Fuzz.Targets;

/// <summary>Enrichment of any JSON object, as payload and as context: its members are those that System.Text.Json finds, and the
/// facts are sound and in the form that is promised of each.</summary>
/// <remarks>The input is the object.</remarks>
internal sealed class EnrichTarget : IFuzzTarget
{
    private static readonly string[] Names =
    [
        "url", "href", "path", "page", "referrer", "screen", "language", "engagedMs", "engaged_ms", "timeZone", "timezone", "country", "userAgent",
        "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "utm_", "other", "ur\\u006c", "",
    ];

    private static readonly string[] Texts =
    [
        "https://", "HTTP://", "//", "/", "android-app://", "www.", "m.", "google", ".com", ".co.uk", "example.org", "[::1]", ":80", "user:pw@", "?", "&", "#", "=", "%", "%41",
        "%C3%A4", "%C3", "%00", "%f0%9f%98%80", "+", "utm_source=", "utm_medium=", "utm_campaign=", "gclid=1", "fbclid=2", "cpc", "email", "(direct)", "(none)", "facebook",
        "1920x1080", "0x0", "X", "de", "-AT", "_", "zh-Hant-TW", ";q=0.5", ",", "Europe/Berlin", "UTC", "XX", "at", "Googlebot/2.1", "Mozilla/5.0 (X11; Linux) Firefox/1",
    ];

    private readonly Mutator _mutator = new([]);
    private readonly JsonGrammar _grammar = new();
    private readonly Enricher _enricher = new();
    private readonly byte[] _to = new byte[EventFacts.MaxSize], _scratch = new byte[Enricher.ScratchSize];

    public void Make(Dice dice, List<byte> input)
    {
        var maker = new JsonMaker(dice, input, EventFacts.MaxCharacters, 8);
        if (dice.OneIn(8))
        {
            maker.Row();
            return;
        }
        input.Add((byte)'{');
        for (var members = 1 + dice.Skewed(10); members > 0; members--)
        {
            input.AddRange(Encoding.UTF8.GetBytes($"\"{dice.Pick<string>(Names)}\":"));
            if (dice.OneIn(10)) input.AddRange(Encoding.UTF8.GetBytes(dice.Pick<string>(["null", "true", "[1,\"]\"]", "{\"url\":\"}\"}", "-1", "1500", "1e400", "0.5"])));
            else
            {
                input.Add((byte)'"');
                for (var pieces = dice.Skewed(10); pieces > 0; pieces--)
                    if (dice.OneIn(6)) TextMaker.Append(dice, input, EventFacts.MaxCharacters);
                    else input.AddRange(Encoding.UTF8.GetBytes(dice.Pick<string>(Texts)));
                input.Add((byte)'"');
            }
            if (members > 1) input.Add((byte)',');
        }
        input.Add((byte)'}');
        if (dice.OneIn(3)) _mutator.Change(dice, input);
    }

    public string Check(byte[] input)
    {
        if (!System.Text.Unicode.Utf8.IsValid(input) || !_grammar.IsOneValue(input, 0, input.Length)) return "no json";
        using var document = JsonDocument.Parse(input, new JsonDocumentOptions { MaxDepth = int.MaxValue });
        if (document.RootElement.ValueKind != JsonValueKind.Object) return "no object";
        var json = JsonMarshal.GetRawUtf8Value(document.RootElement);
        CheckMembers(document.RootElement, json);
        var request = new RequestFacts { UserAgent = "Mozilla/5.0 (Windows NT 10.0) Chrome/1", AcceptLanguage = Encoding.Latin1.GetString(input), Country = "DE" };
        // A payload's strings have been found storable before it comes here.
        var kind = "context";
        if (JsonText.FindFault(json) == TextFault.None) kind = CheckFacts(request, json, default) + CheckFacts(RequestFacts.None, json, json);
        return kind + CheckFacts(request, default, json);
    }

    private static void CheckMembers(JsonElement expected, ReadOnlySpan<byte> json)
    {
        var members = new JsonMembers(json);
        foreach (var member in expected.EnumerateObject())
        {
            FuzzFailure.Unless(members.MoveNext(), "a member too few");
            FuzzFailure.Unless(members.Name.SequenceEqual(JsonMarshal.GetRawUtf8PropertyName(member)), "name");
            var isString = member.Value.ValueKind == JsonValueKind.String;
            var value = JsonMarshal.GetRawUtf8Value(member.Value);
            FuzzFailure.UnlessEqual(isString, members.IsString, "kind");
            FuzzFailure.Unless(members.Value.SequenceEqual(isString ? value[1..^1] : value), "value");
        }
        FuzzFailure.Unless(!members.MoveNext(), "a member too many");
    }

    private string CheckFacts(RequestFacts request, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> context)
    {
        var visitor = _enricher.Visitor(request);
        var size = _enricher.Write(ref visitor, payload, context, "example.org", _scratch, _to);
        FuzzFailure.Unless(EventFacts.IsSound(_to.AsSpan(0, size)), "facts that are not sound");
        foreach (var (fact, value) in new EventFacts(_to.AsMemory(0, size)))
        {
            var text = Encoding.UTF8.GetString(value.Span);
            var isGood = fact switch
            {
                Fact.Path => text[0] == '/' && text.IndexOfAny(['?', '#']) < 0,
                Fact.Host or Fact.Referrer => !text.Any(char.IsAsciiLetterUpper) && text.IndexOfAny([' ', '/', '?', '#', '@', '\\']) < 0,
                Fact.Country => text.Length == 2 && text.All(char.IsAsciiLetterUpper),
                Fact.Language => text.Length is >= 2 and <= 12 && char.IsAsciiLetterLower(text[0]),
                Fact.Screen => text.Split('x') is [var width, var height] && int.Parse(width) > 0 && int.Parse(height) > 0,
                Fact.Channel => text.All(c => c == ' ' || char.IsAsciiLetterLower(c)),
                _ => true,
            };
            FuzzFailure.Unless(isGood, $"{fact} {text}");
        }
        return size == 0 ? " -" : " facts";
    }
}
